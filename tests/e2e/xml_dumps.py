"""A wiki's dump in XML by MediaWiki's dumpBackup.php and by mwmirror export; the differences that are listed in mirror/export/README.md."""

import glob
import os
import re
import subprocess


def dump_backup(wiki, *options, config_file=None):
    """What dumpBackup.php writes: bytes."""
    script = ([os.path.join(wiki.root, "maintenance", "dumpBackup.php")] if wiki.version.startswith("1.39")
              else [os.path.join(wiki.root, "maintenance", "run.php"), "dumpBackup"])
    done = subprocess.run(wiki.php + script + ["--quiet", *options], env=dict(os.environ, MW_CONFIG_FILE=config_file or wiki.config_file),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode != 0:
        raise RuntimeError("dumpBackup: exit code %d\n%s" % (done.returncode, done.stderr.decode(errors="replace")))
    return done.stdout


def export(box, folder, *arguments):
    """What mwmirror export writes: {wiki_id: [bytes of each part]}."""
    done = box.mwmirror("export", "--format", "xml", "--compress", "none", "--output", str(folder), *arguments)
    if done.returncode != 0:
        raise RuntimeError("export: exit code %d\n%s" % (done.returncode, done.stderr))
    found = {}
    for path in sorted(glob.glob(os.path.join(str(folder), "*", "*.xml"))):
        with open(path, "rb") as file:
            found.setdefault(os.path.basename(os.path.dirname(path)), []).append(file.read())
    return found


def as_one(parts):
    """The document that the parts would be if there were one."""
    head = parts[0][:parts[0].index(b"  </siteinfo>\n") + len(b"  </siteinfo>\n")]
    tail = b"</mediawiki>\n"
    for part in parts:
        assert part.startswith(head) and part.endswith(tail)
    return head + b"".join(part[len(head):-len(tail)] for part in parts) + tail


def without_listed(document):
    """MediaWiki's document as mwmirror writes it, of what is listed."""
    document = re.sub(rb"<generator>[^<]*</generator>", b"<generator>mwmirror</generator>", document)
    return re.sub(rb"    <revision>\n.*?    </revision>\n", _revision_without_listed, document, flags=re.DOTALL)


def _revision_without_listed(found):
    """Of a hidden text MediaWiki tells the size, the hash, where it is from, and how many slots there are."""
    revision = found.group(0)
    if b'deleted="deleted" />\n      <sha1/>' not in revision and b'deleted="deleted" />\n      </content>' not in revision:
        return revision
    number = re.search(rb"<id>(\d+)</id>", revision).group(1)
    revision = re.sub(rb"      <content>\n.*?      </content>\n", b"", revision, flags=re.DOTALL)
    revision = re.sub(rb"<origin>\d+</origin>", b"<origin>" + number + b"</origin>", revision)
    return re.sub(rb'<text bytes="\d+" sha1="\w*" deleted="deleted" />', b'<text bytes="0" sha1="" deleted="deleted" />', revision)


def without_pages(document, left_out):
    """Without the pages for which left_out(bytes) is true."""
    return re.sub(rb"  <page>\n.*?  </page>\n", lambda found: b"" if left_out(found.group(0)) else found.group(0), document, flags=re.DOTALL)


def pages(document):
    """{title: the page's text}, in the order of the document."""
    found = {}
    for page in re.findall(rb"  <page>\n.*?  </page>\n", document, flags=re.DOTALL):
        title = re.search(rb"<title>(.*?)</title>", page).group(1).decode()
        assert title not in found, title
        found[title] = page
    return found


def first_difference(ours, theirs):
    """For people: where two documents begin to differ; "" if they do not."""
    if ours == theirs:
        return ""
    a, b = ours.split(b"\n"), theirs.split(b"\n")
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "line %d of %d and %d:\nmwmirror   %r\nMediaWiki  %r" % (at + 1, len(a), len(b), a[max(0, at - 6):at + 3], b[max(0, at - 6):at + 3])
