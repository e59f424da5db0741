"""A small client of MediaWiki's web API and maintenance scripts: what a test does to a wiki."""

import html
import os
import re
import struct
import subprocess
import zlib

import requests


class ApiError(Exception):
    """MediaWiki answered with an error; the text is its code and message."""


class Wiki:
    """One wiki and one user of it. Without a user the edits are anonymous (or temporary accounts)."""

    def __init__(self, name, version, api_url, dbname, root, config_file, user=None, password=None):
        self.name = name
        self.version = version
        self.api_url = api_url
        self.dbname = dbname
        self.root = root
        self.config_file = config_file
        # as deploy/lib/mediawiki.sh does
        self.php = ["php", "-d", "opcache.enable_cli=1", "-d", "opcache.file_cache_only=1",
                    "-d", "opcache.file_cache=" + os.path.join(os.path.dirname(config_file), "opcache")]
        self.user = user
        self.session = requests.Session()
        self._token = None
        if user:
            token = self.get(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
            answer = self.post(action="login", lgname=user, lgpassword=password, lgtoken=token)
            if answer["login"]["result"] != "Success":
                raise ApiError("login of %s: %r" % (user, answer))

    def as_user(self, user=None, password=None):
        """The same wiki with another session."""
        return Wiki(self.name, self.version, self.api_url, self.dbname, self.root, self.config_file,
                    user, password)

    # requests

    def _answer(self, response, action):
        try:
            data = response.json()
        except ValueError:
            raise ApiError("%s of %s: HTTP %d, not JSON: %r" % (action, self.name, response.status_code, response.text[:2000]))
        if "error" in data:
            raise ApiError("%s of %s: %s: %s"
                           % (action, self.name, data["error"].get("code"), data["error"].get("info")))
        return data

    def get(self, **params):
        params.update(format="json", formatversion="2")
        return self._answer(self.session.get(self.api_url, params=params, timeout=60), params["action"])

    def post(self, files=None, **params):
        params = {k: v for k, v in params.items() if v is not None and v is not False}
        params = {k: "1" if v is True else v for k, v in params.items()}
        params.update(format="json", formatversion="2")
        return self._answer(self.session.post(self.api_url, data=params, files=files, timeout=60),
                            params["action"])

    def token(self, kind="csrf"):
        if kind != "csrf" or self._token is None:
            tokens = self.get(action="query", meta="tokens", type=kind)["query"]["tokens"]
            if kind != "csrf":
                return tokens[kind + "token"]
            self._token = tokens["csrftoken"]
        return self._token

    def do(self, action, files=None, **params):
        return self.post(files=files, action=action, token=self.token(), **params)

    # edits

    def edit(self, title, text, summary="", minor=False, **more):
        answer = self.do("edit", title=title, text=text, summary=summary, minor=minor, **more)["edit"]
        if answer["result"] != "Success":
            raise ApiError("edit of %s: %r" % (title, answer))
        return answer

    def move(self, old, new, reason="", noredirect=False, **more):
        return self.do("move", **{"from": old, "to": new, "reason": reason, "noredirect": noredirect,
                                  "ignorewarnings": True, **more})["move"]

    def delete(self, title, reason="", **more):
        return self.do("delete", title=title, reason=reason, **more)["delete"]

    def undelete(self, title, reason="", timestamps=None):
        return self.do("undelete", title=title, reason=reason,
                       timestamps="|".join(timestamps) if timestamps else None)["undelete"]

    def revision_delete(self, ids, hide=None, show=None, suppress="nochange", reason="", type="revision",
                        target=None):
        answer = self.do("revisiondelete", type=type, ids="|".join(map(str, ids)), hide=hide, show=show,
                         suppress=suppress, reason=reason, target=target)["revisiondelete"]
        if answer["status"] != "Success" or any(item["status"] != "Success" or "errors" in item for item in answer["items"]):
            raise ApiError("revisiondelete: %r" % (answer,))
        return answer

    def rollback(self, title, user, **more):
        return self.post(action="rollback", title=title, user=user, token=self.token("rollback"), **more)

    def change_content_model(self, title, model, summary=""):
        return self.do("changecontentmodel", title=title, model=model, summary=summary)

    def merge_history(self, source, destination, reason="", timestamp=None):
        return self.do("mergehistory", **{"from": source, "to": destination, "reason": reason,
                                          "timestamp": timestamp})

    def protect(self, title, protections="edit=sysop|move=sysop", expiry="infinite", reason=""):
        return self.do("protect", title=title, protections=protections, expiry=expiry, reason=reason)

    def block(self, user, reason="", expiry="infinite", hidename=False, **more):
        return self.do("block", user=user, reason=reason, expiry=expiry, hidename=hidename, nocreate=True,
                       reblock=True, **more)

    def unblock(self, user, reason=""):
        return self.do("unblock", user=user, reason=reason)

    def create_account(self, name, password, reason=""):
        """By this user; without one, by whom it is for."""
        answer = self.post(action="createaccount", username=name, password=password, retype=password, reason=reason,
                           createreturnurl=self.api_url, createtoken=self.token("createaccount"))["createaccount"]
        if answer["status"] != "PASS":
            raise ApiError("createaccount of %s: %r" % (name, answer))

    def rename_user(self, old, new, reason=""):
        """By a script; before MediaWiki 1.40 what the special page of the extension Renameuser runs."""
        if not self.version.startswith("1.39"):
            return self.maintenance("renameUser", "--performer", self.user, "--reason", reason, old, new)
        classes = "MediaWiki\\Extension\\Renameuser\\"
        code = ("AutoLoader::registerNamespaces( [ '%s' => '%s/extensions/Renameuser/includes/' ] ); "
                "$u = User::newFromName( '%s' ); $r = new %sRenameuserSQL( $u->getName(), '%s', $u->getId(), "
                "User::newFromName( '%s' ), [ 'reason' => '%s' ] ); if ( !$r->rename() ) { exit( 1 ); }\n"
                % (classes.replace("\\", "\\\\"), self.root, old, classes, new, self.user, reason))
        return self.maintenance("eval", stdin=code.encode())

    def user_rights(self, user, add=None, remove=None, reason="", **more):
        return self.post(action="userrights", user=user, add=add, remove=remove, reason=reason,
                         token=self.token("userrights"), **more)

    def upload(self, filename, content, comment="", text=None):
        answer = self.do("upload", files={"file": (filename, content, "image/png")}, filename=filename,
                         comment=comment, text=text, ignorewarnings=True)["upload"]
        if answer["result"] != "Success":
            raise ApiError("upload of %s: %r" % (filename, answer))
        return answer

    def revert_file(self, filename, archive_name, comment=""):
        """
        By the form of the web; the API (filerevert) logs it as an upload. False: not done, for MediaWiki names versions by the second.
        """
        before = len(self.file_versions(filename))
        form = {"title": "File:" + filename, "action": "revert", "oldimage": archive_name}
        url = self.api_url.replace("/api.php", "/index.php")
        page = self.session.get(url, params=form, timeout=60).text
        token = re.search(r"<input[^>]*\bwpEditToken\b[^>]*>", page)
        if not token:
            raise ApiError("revert of %s: no form: %r" % (filename, page[:2000]))
        token = html.unescape(re.search(r'value="([^"]*)"', token.group(0)).group(1))
        self.session.post(url, data=dict(form, wpcomment=comment, wpEditToken=token), timeout=60)
        return len(self.file_versions(filename)) > before

    def import_xml(self, xml, summary="", prefix="test"):
        return self.do("import", files={"xml": ("dump.xml", xml.encode(), "text/xml")}, summary=summary,
                       interwikiprefix=prefix)["import"]

    def watch(self, title):
        return self.post(action="watch", titles=title, token=self.token("watch"))

    def purge(self, title):
        return self.post(action="purge", titles=title, forcelinkupdate=True)

    # reading

    def revisions(self, title):
        """Newest first: dicts with revid, timestamp..."""
        answer = self.get(action="query", prop="revisions", titles=title, rvlimit="50",
                          rvprop="ids|timestamp|comment|user|sha1|size")
        return answer["query"]["pages"][0].get("revisions", [])

    def file_versions(self, filename):
        """Newest first: dicts with timestamp, archivename of those that are not current..."""
        answer = self.get(action="query", prop="imageinfo", titles="File:" + filename, iilimit="50",
                          iiprop="timestamp|archivename|sha1|size")
        return answer["query"]["pages"][0].get("imageinfo", [])

    # maintenance scripts

    def maintenance(self, script, *args, stdin=None):
        """Runs a maintenance script (name without .php); returns its output."""
        env = dict(os.environ, MW_CONFIG_FILE=self.config_file)
        if self.version.startswith("1.39"):
            command = [os.path.join(self.root, "maintenance", script + ".php")]
        else:
            command = [os.path.join(self.root, "maintenance", "run.php"), script]
        done = subprocess.run(self.php + command + list(args), input=stdin, env=env, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise ApiError("%s %s: %s" % (script, " ".join(args), done.stdout.decode(errors="replace")))
        return done.stdout.decode(errors="replace")

    def create_user(self, name, password, *groups):
        args = ["--force"]
        if groups:
            args.append("--custom-groups=" + ",".join(groups))
        return self.maintenance("createAndPromote", *args, name, password)

    def run_jobs(self):
        return self.maintenance("runJobs")


def png(red, green, blue):
    """A PNG image of one pixel: another colour is another file."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes([0, red, green, blue]))) + chunk(b"IEND", b""))


def export_xml(title, revisions):
    """An export file with one page; revisions are (timestamp, user, comment, text)."""
    def escape(text):
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = ['<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">',
             "<page><title>%s</title><ns>0</ns>" % escape(title)]
    for number, (timestamp, user, comment, text) in enumerate(revisions, 1):
        parts.append(
            "<revision><id>%d</id><timestamp>%s</timestamp><contributor><username>%s</username><id>0</id>"
            "</contributor><comment>%s</comment><model>wikitext</model><format>text/x-wiki</format>"
            '<text xml:space="preserve">%s</text></revision>'
            % (number, timestamp, escape(user), escape(comment), escape(text)))
    parts.append("</page></mediawiki>")
    return "\n".join(parts)
