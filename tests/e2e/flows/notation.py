"""
The lines of a flow's events: for a mode and a version of MediaWiki, the events one by one. These words are several events:

	purge A                            resource-purge: the page, its history
	purge+ A                           the same, and those of its talk page, or of the page whose talk page it is
	made A #1 [=> T]                   create, page-create, purge+, revision
	edited A #2 of #1 [=> T]           revision, edit, purge
	moved B #2 of #1 from A [leaving A #3] [=> T]
	                                   move, page-move, purge+ of both titles (each URL once), revision
	deleted A #2 (2) [=> T]            delete, page-delete, purge+
	suppressed A #2 (2)                delete and page-suppress by nobody, purge+
	undeleted A #1 [#2...] [other id]  undelete and page-undelete of the last, purge+, a revision each; other id: the page has another than before
"""

import re

MODES = {"complete": "complete", "1.43": "parity-1.43", "1.45": "parity-1.45"}
VERSIONS = {"mw39": "39", "mw43": "43"}
LINE = re.compile(r"^(?:\[([^]]*)\] *)?(.*)$")


def expand(text, mode, version):
    """The events that are expected, as (line, may be missing)."""
    found = []
    for line in text.splitlines():
        condition, rest = LINE.match(line.partition(" -- ")[0].strip()).groups()
        if rest and holds(condition or "", mode, version):
            found += [(event[:-2], True) if event.endswith(" ?") else (event, False) for event in events_of(rest)]
    return found


def holds(condition, mode, version):
    words = condition.replace("parity", "1.43 1.45").split()
    unknown = set(words) - set(MODES) - set(VERSIONS)
    assert not unknown, "what is %s?" % unknown
    modes, versions = ([known[w] for w in words if w in known] for known in (MODES, VERSIONS))
    return (not modes or mode in modes) and (not versions or version in versions)


def events_of(line):
    word, _, rest = line.partition(" ")
    return SEVERAL[word](rest) if word in SEVERAL else [line]


def purge(title):
    return ["purge-url " + title, "purge-url %s history" % title]


def other_page(title):
    """The talk page of a page, and the page of a talk page."""
    space, colon, name = title.rpartition(":")
    if space == "Talk":
        return name
    if space.endswith("_talk"):
        return space[:-len("_talk")] + ":" + name
    return (space + "_talk:" if colon else "Talk:") + name


def purge_with_talk(title):
    return purge(title) + purge(other_page(title))


def made(rest):
    title, rev = rest.split()[:2]
    return ["create " + rest, "page-create %s %s" % (title, rev)] + purge_with_talk(title) + ["revision %s %s" % (title, rev)]


def edited(rest):
    title, rev = rest.split()[:2]
    return ["revision %s %s" % (title, rev), "edit " + rest] + purge(title)


MOVED = re.compile(r"^(\S+) (#\d+) of (#\d+) from (\S+)(?: leaving (\S+) (#\d+))?( => \S+)?( by nobody)?$")


def moved(rest):
    title, rev, prior, old, left, left_rev, link, nobody = MOVED.match(rest).groups()
    start = "%s %s of %s from %s" % (title, rev, prior, old)
    page = ["move " + start + (" leaving " + left if left else "") + (link or "") + (nobody or "")]
    page.append("page-move " + start + (" leaving %s %s" % (left, left_rev) if left else "") + (nobody or ""))
    return page + list(dict.fromkeys(purge_with_talk(title) + purge_with_talk(old))) + ["revision %s %s" % (title, rev)]


def without_link(text):
    return re.sub(r" => \S+", "", text)


def deleted(rest):
    return ["delete " + rest, "page-delete " + without_link(rest)] + purge_with_talk(rest.split()[0])


def suppressed(rest):
    return ["delete %s by nobody" % rest, "page-suppress %s by nobody" % without_link(rest)] + purge_with_talk(rest.split()[0])


UNDELETED = re.compile(r"^(\S+)((?: #\d+)+)(.*)$")


def undeleted(rest):
    title, revisions, more = UNDELETED.match(rest).groups()
    revisions = revisions.split()
    start = "%s %s%s" % (title, revisions[-1], more)
    return ["undelete " + start, "page-undelete " + without_link(start)] + purge_with_talk(title) + [
        "revision %s %s" % (title, rev) for rev in revisions]


SEVERAL = {"purge": purge, "purge+": purge_with_talk, "made": made, "edited": edited, "moved": moved, "deleted": deleted,
           "suppressed": suppressed, "undeleted": undeleted}
