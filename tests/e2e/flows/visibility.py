"""What is hidden and shown again (flow 9)."""

from flows.frame import flow, pages


def two(on):
    on.edit("A", "1")
    on.edit("A", "2")
    on.rewind("A")


def hide(on, *ages, **how):
    on.wiki.revision_delete([on.revision("A", age) for age in ages], reason="why", **how)


# MediaWiki hides no text of a latest revision (RevDelRevisionItem::isHideCurrentOp()); it touches the page, and purges its URLs
@flow("9 user of the latest", before=two, events="""
    visibility_change A #2 -user
    visibility A #2 -user
    purge A
    touch A
    rc log delete/revision A
    visibility_change A #2 +user -comment
    visibility A #2 +user -comment
    purge A
    touch A ?
    rc log delete/revision A
""")
def hide_latest(on):
    hide(on, 0, hide="user")
    hide(on, 0, show="user", hide="comment")


@flow("9 text and user of an older one", before=two, events="""
    visibility A #1 -text -user
    purge A
    touch A
    rc log delete/revision A
    visibility A #1 +user
    purge A
    touch A ?
    rc log delete/revision A
""")
def hide_older(on):
    hide(on, 1, hide="user|content")
    hide(on, 1, show="user")


# MediaWiki takes the newest first (RevDelRevisionList::doQuery())
@flow("9 both at once", before=two, events="""
    visibility_change A #2 -comment
    visibility A #2 -comment
    purge A
    visibility A #1 -comment
    purge A
    touch A
    rc log delete/revision A
""")
def hide_both(on):
    hide(on, 0, 1, hide="comment")


# who suppresses is not told, nor who lifts it, and recentchanges has no row of it
@flow("9 suppressed, and no more", before=two, events="""
    visibility_change A #2 -user -comment by nobody
    visibility A #2 -user -comment by nobody
    purge A
    touch A
    visibility_change A #2 +user by nobody
    visibility A #2 +user by nobody
    purge A
    touch A ?
    visibility A #1 -text by nobody
    purge A
    touch A ?
""")
def suppress_revision(on):
    hide(on, 0, hide="user|comment", suppress="yes")
    hide(on, 0, show="user", suppress="no")
    hide(on, 1, hide="content", suppress="yes")


def two_deleted(on):
    two(on)
    on.wiki.delete(on("A"), "gone")


# an archived revision has no page
@flow("9a archived revisions", before=two_deleted, events="""
    rc log delete/revision A
""")
def hide_archived(on):
    on.wiki.revision_delete(["20010101000000"], hide="content|comment", reason="why", type="archive", target=on("A"))


def protected(on):
    pages("A")(on)
    on.wiki.protect(on("A"), reason="secret")


def log_entry(on):
    return [on.sql("SELECT max(log_id) FROM logging WHERE log_title = %s", on("A"))[0][0]]


@flow("9b log entry", before=protected, events="""
    rc log delete/event Special:Log/protect
""")
def hide_log_entry(on):
    on.wiki.revision_delete(log_entry(on), hide="content|comment", reason="why", type="logging")


@flow("9b log entry, suppressed", before=protected, events="")
def suppress_log_entry(on):
    on.wiki.revision_delete(log_entry(on), hide="user", suppress="yes", reason="why", type="logging")
