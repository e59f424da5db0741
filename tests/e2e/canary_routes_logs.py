"""
More routes, as canary_routes.py has them: what logs of every type say, tags for few, accounts that are renamed, names of files.
"""

import mw

from canary_routes import ALL, NAMES_WHAT_IS_DELETED, ADMINISTRATOR, STATE_OF_LOGS, aftermath

# type, action, whether it is about an account, and parameters where %s is; of every log that names pages, accounts or files
KINDS = [
    ("block", "block", True, {"5::duration": "infinite", "6::flags": "", "sitewide": False, "7::restrictions": {"pages": ["%s"]}}),
    ("block", "reblock", True, {"5::duration": "%s", "6::flags": ""}),
    ("rights", "rights", True, {"4::oldgroups": [], "5::newgroups": ["%s"]}),
    ("newusers", "create2", True, {"4::userid": 1, "x": "%s"}),
    ("move", "move", False, {"4::target": "%s", "5::noredir": "0"}),
    ("move", "move_redir", False, {"4::target": "%s", "5::noredir": "0"}),
    ("merge", "merge", False, {"4::dest": "%s", "5::mergepoint": "20200101000000"}),
    ("protect", "protect", False, {"4::description": "%s", "5:bool:cascade": False, "details": []}),
    ("protect", "move_prot", False, {"4::oldtitle": "%s"}),
    ("import", "interwiki", False, {"4:number:count": 1, "5:title-link:interwiki": "%s"}),
    ("contentmodel", "change", False, {"4::oldmodel": "wikitext", "5::newmodel": "%s"}),
    ("delete", "restore", False, {":assoc:count": {"revisions": 1}, "x": "%s"}),
    ("upload", "overwrite", False, {"img_sha1": "%s", "img_timestamp": "20200101000000"}),
    ("managetags", "create", False, {"4::tag": "%s"}),
]
LOG = ("foreach ($a as $a) { $b->begin('e2e'); $e = new ManualLogEntry($a[0], $a[1]); $e->setTarget(Title::newFromText($a[2]));"
       " $e->setPerformer($s->getUserFactory()->newFromName($a[3])); $e->setComment($a[4]); $e->setParameters($a[5]);"
       " $i = $e->insert($b); if ($a[6]) $b->update('logging', ['log_deleted' => $a[6]], ['log_id' => $i], 'e2e');"
       " $e->publish($i); $b->commit('e2e'); }")


def fill(params, value):
    """The parameters with a value for %s."""
    if isinstance(params, dict):
        return {name: fill(item, value) for name, item in params.items()}
    if isinstance(params, list):
        return [fill(item, value) for item in params]
    return value if params == "%s" else params


def logged(s, performer, bits):
    """For LOG an entry of each kind, and what it hides: bits gives the bits of each."""
    entries, hidden = [], []
    for number, (kind, action, of_account, params) in enumerate(KINDS):
        title, value, comment = (s.canaries.new(field) for field in ("title in the log", "parameter in the log", "reason in the log"))
        bit = bits(number)
        entries.append((kind, action, ("User:" if of_account else "") + title.value, performer.value, comment.value,
                        fill(params, value.value), bit))
        hidden += {0: [title, value, comment], 1: [title, value], 2: [comment], 4: []}[bit]
    return entries, hidden


def log_kinds(s):
    """Entries of logs of every type, public first; and such as are hidden before they come into recentchanges, one bit each."""
    name, admin = s.account(ADMINISTRATOR)
    before = max(s.numbers("SELECT max(log_id) FROM @logging"))
    entries, hidden = logged(s, name, lambda number: 0)
    s.script(LOG, entries)
    later, born = logged(s, s.account(ADMINISTRATOR)[0], lambda number: (1, 2)[number % 2])
    unseen = s.account(ADMINISTRATOR)[0]
    later += [entry[:3] + (unseen.value,) + entry[4:6] + (4,) for entry in logged(s, unseen, lambda number: 4)[0][:3]]
    yield
    actor = s.numbers("SELECT actor_id FROM @actor WHERE actor_name = %s", (name.value,))[0]
    made = s.numbers("SELECT log_id FROM @logging WHERE log_id > %s AND log_actor = %s", (before, actor))
    s.revision_delete(made, ALL, False, name, *hidden, type="logging")
    s.canaries.hide(lambda: s.script(LOG, later), unseen, *born)
    yield
    s.wiki.edit(s.title(), "after", "a")


def renamed_user(s):
    """An account that is renamed while it is public, hidden, renamed again, and shown by its last name."""
    first, user = s.account()
    first.elsewhere = set()
    second, third = s.canaries.new("user name"), s.canaries.new("user name")
    title = s.title()
    user.edit(title, "by who is renamed", "1")
    s.wiki.edit(title, "by another", "2")
    s.wiki.rename_user(first.value, second.value, "public")
    first.elsewhere = second.elsewhere = third.elsewhere = {STATE_OF_LOGS}     # what was renamed to what
    yield
    s.suppress(lambda reason: s.suppressor.block(second.value, reason, hidename=True), first, second)
    s.canaries.hide(lambda: s.wiki.rename_user(second.value, third.value, "public"), third)
    yield
    aftermath(s, title)
    s.canaries.show(lambda: s.wiki.unblock(third.value, "public"), third)


def restricted_tag(s):
    """A tag for few, from its making to its end, on public and hidden revisions; beside a public one, which is told until it is deleted."""
    w, title = s.wiki, s.title()
    private, public = s.canaries.new("restricted tag"), s.canaries.new("tag")
    private.value = "mw-private-" + private.value
    public.elsewhere = {STATE_OF_LOGS}
    both = [private.value, public.value]
    for number in range(3):
        w.edit(title, "text %d" % number, "c")
    newest, older = [revision["revid"] for revision in w.revisions(title)[:2]]
    w.do("managetags", operation="create", tag=public.value, reason="r")
    s.canaries.hide(lambda: w.do("managetags", operation="create", tag=private.value, reason="r"), private)
    # as MediaWiki does itself: such a tag is not one that users give
    mark = lambda revision: s.script("ChangeTags::addTags($a[0], null, $a[1]);", [both, revision])
    for revision in (newest, older):
        mark(revision)
    w.edit(title, "tagged at once", "c", tags=public.value)
    mark(s.latest(title))
    yield
    s.revision_delete([older], ALL, False)
    w.do("tag", revid=older, add=s.tag, remove=public.value)
    s.script("ChangeTags::updateTags([], $a[0], $y, $a[1], $z);", [[private.value], older])
    w.do("tag", revid=newest, remove=public.value)
    yield
    aftermath(s, title)
    w.do("managetags", operation="delete", tag=private.value, reason="r")
    s.canaries.hide(lambda: w.do("managetags", operation="delete", tag=public.value, reason="r"), public,
                    named_by=("mediawiki.recentchange", "mediawiki.revision-tags-change"))
    w.edit(title + " moved", "at last", "l")


def suppressed_file(s):
    """Deleted with suppression, by its form's class; then another of its name comes."""
    w, number = s.wiki, s.titles % 256
    first, last = s.canaries.new("file name"), s.canaries.new("file name")
    w.upload(first.value + ".png", mw.png(11, number, 1), "c", "text")
    w.upload(first.value + ".png", mw.png(11, number, 2), "c")
    # so that its name is told as that of a version
    old = w.file_versions(first.value + ".png")[1]["archivename"]
    w.revision_delete([old.split("!")[0]], hide="comment", type="oldimage", target="File:%s.png" % first.value)
    w.delete("File:%s.png" % first.value, "public", oldimage=old)
    w.move("File:%s.png" % first.value, "File:%s.png" % last.value, "m", noredirect=True)
    first.elsewhere = last.elsewhere = {STATE_OF_LOGS}
    yield
    version = s.numbers("SELECT fa_id FROM @filearchive WHERE fa_name = %s", (first.value.replace(" ", "_") + ".png",))
    s.revision_delete(version, ALL, True, type="filearchive", target="File:%s.png" % first.value)
    s.canaries.hide(lambda: s.suppress(lambda reason: s.script(
        "$t = Title::newFromText($a[0]); $f = $s->getRepoGroup()->getLocalRepo()->newFile($t);"
        " $r = FileDeleteForm::doDelete($t, $f, null, $a[2], true, $s->getUserFactory()->newFromName($a[1])); if (!$r->isGood()) die($r);",
        ["File:%s.png" % last.value, s.suppressor.user, reason])), first, last, named_by=NAMES_WHAT_IS_DELETED)
    yield
    s.canaries.show(lambda: w.upload(last.value + ".png", mw.png(12, number, 3), "c", "text"), last)


ROUTES = [log_kinds, renamed_user, restricted_tag, suppressed_file]
