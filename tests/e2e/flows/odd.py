"""Odd orders: what MediaWiki, its scripts and those of others can do beside the usual."""

import os
import tempfile

import mw
from flows.accounts import both
from flows.frame import flow, pages

SERVICES = "$s = MediaWiki\\MediaWikiServices::getInstance(); $admin = User::newFromName( '%s' ); "


def move(on, old, new):
    return "$s->getMovePageFactory()->newMovePage( Title::newFromText( '%s' ), Title::newFromText( '%s' ) )->move( $admin, 'why', false );" % (
        on(old), on(new))


@flow("6 two pages change places, in three moves", before=pages("A", "B"), events="""
    moved C #3 of #1 from A
    rc log move/move A
    moved A #4 of #2 from B
    rc log move/move B
    moved B #5 of #3 from C
    rc log move/move C
""")
def swap(on):
    for old, new in ("A", "C"), ("B", "A"), ("C", "B"):
        on.wiki.move(on(old), on(new), "why", noredirect=True)


@flow("6 two pages change places, in one transaction", before=pages("A", "B"), events="""
    move B #5 of #1 from A -- of what was between nobody could see anything
    page-move B #5 of #1 from A
    purge+ B
    purge+ A
    revision B #3
    move A #4 of #2 from B
    page-move A #4 of #2 from B
    purge+ A
    purge+ B
    revision A #4
    revision B #5
    rc log move/move A
    rc log move/move B
    rc log move/move C
""")
def swap_at_once(on):
    on.php_round(SERVICES % on.wiki.user + move(on, "A", "C") + move(on, "B", "A") + move(on, "C", "B"))


def deleting(on, name, suppress, *more):
    """DeletePage as DeletePageJob and Special:Delete use it."""
    return (SERVICES % on.wiki.user + "$d = $s->getDeletePageFactory()->newDeletePage( $s->getWikiPageFactory()->newFromTitle( Title::newFromText("
            " '%s' ) ), $admin ); $r = $d->setSuppress( %s )%s->deleteUnsafe( 'why' ); print $r->isOK() ? '' : $r;" % (
                on(name), "true" if suppress else "false", "".join(more)))


def history(name, size):
    """For `before`: a page of so many revisions."""
    def make(on):
        for number in range(size):
            on.edit(name, "text %d" % number)
    return make


SMALL_BATCHES = "$wgDeleteRevisionsBatchSize = 2;"


@flow("7a deletion in batches that is interrupted: the page is edited meanwhile, and deleted anew", route="script", before=history("A", 5), events="""
    edited A #6 of #5 -- of the batch before nobody tells: the page is there
    rc edit A #6 of #5
    deleted A #6 (6)
    rc log delete/delete A
""")
def interrupted_deletion(on):
    on.php(deleting(on, "A", False), SMALL_BATCHES)
    assert on.sql("SELECT count(*) FROM archive WHERE ar_title = %s", on("A")) == ((2,),)
    on.sql("DELETE FROM job WHERE job_cmd = 'deletePage'")     # as if its runner had died
    on.edit("A", "edited meanwhile")
    on.wiki.delete(on("A"), "why")


@flow("7a suppressing deletion in batches", route="script", before=history("A", 5), events="""
    suppressed A #5 (5)
""")
def suppressed_batches(on):
    on.php(deleting(on, "A", True, "->forceImmediate( true )"), SMALL_BATCHES)


def made_again(on):
    """For `before`: a page of two revisions that was deleted, and made again; all of other seconds."""
    on.edit("A", "1")
    on.edit("A", "2")
    on.rewind("A")
    on.wiki.delete(on("A"))
    on.edit("A", "3")


@flow("8a undelete beneath the title's new page, which was deleted too", before=both(made_again, lambda on: on.wiki.delete(on("A"))), events="""
    undeleted A #1 #2 #3
    rc log delete/restore A
""")
def undelete_two_pages(on):
    on.wiki.undelete(on("A"), "why")


# Times that are no times of a wiki: the first second of UNIX, the first beyond 31 bits, the first beyond 32, and the last year.
TIMES = ["1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z", "9999-12-31T23:59:59Z"]


def dump(on, *times):
    return mw.export_xml(on("A"), [(time, "Past author", "old", "text of " + time) for time in times])


@flow("11 import, from 1970 to 9999", events="""
    [complete 1.45] create A #5
    [complete] page-create A #5
    purge+ A
    revision A #1
    revision A #2
    revision A #3
    revision A #4
    revision A #5
    rc log import/upload A
""")
def import_any_time(on):
    on.wiki.import_xml(dump(on, *TIMES), "from elsewhere")


@flow("11 import, from 2038 and 9999, then from 1970", route="script", events="""
    [complete mw43] user create Maintenance_script by nobody ? -- when it acts for the first time
    revision A #1 -- the page's row was there before, without a revision
    [complete 1.45] create A #1
    [complete] page-create A #1
    purge+ A
    revision A #2
    [complete 1.45] edit A #2 of #1
    purge A
    revision A #3 -- older than the latest: the page stays as it is
""")
def import_any_time_by_script(on):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(dump(on, TIMES[1], TIMES[3], TIMES[0]))
        file.flush()
        os.chmod(file.name, 0o644)
        on.wiki.maintenance("importDump", file.name)


ROLE = ("$wgHooks['MediaWikiServices'][] = static function ( $s ) { $s->addServiceManipulator( 'SlotRoleRegistry', static function ( $r ) {"
        " $r->defineRoleWithModel( 'extra', 'wikitext' ); } ); };")


def save(on, *changes):
    """PageUpdater, with what is done to the slots."""
    on.php(SERVICES % on.wiki.user + "$u = $s->getWikiPageFactory()->newFromTitle( Title::newFromText( '%s' ) )->newPageUpdater( $admin ); " % on("A")
           + " ".join("$u->%s;" % change for change in changes)
           + " $u->saveRevision( CommentStoreComment::newUnsavedComment( 'why' ) ); print $u->wasSuccessful() ? '' : $u->getStatus();", ROLE)


@flow("2 a slot more; it changes alone; both change; it goes", route="script", before=pages("A"), events="""
    revision A #2 with extra
    edit A #2 of #1 with extra
    purge A
    rc edit A #2 of #1
    revision A #3 with extra
    edit A #3 of #2 with extra -- the text of the main slot is its parent's
    purge A
    rc edit A #3 of #2
    revision A #4 with extra
    edit A #4 of #3 with extra
    purge A
    rc edit A #4 of #3
    edited A #5 of #4
    rc edit A #5 of #4
""")
def edit_slots(on):
    save(on, "setContent( 'extra', new WikitextContent( 'x' ) )")
    save(on, "setContent( 'extra', new WikitextContent( 'y' ) )")
    save(on, "setContent( 'main', new WikitextContent( 'text 2' ) )", "setContent( 'extra', new WikitextContent( 'z' ) )")
    save(on, "removeSlot( 'extra' )")


def with_slot(on):
    """For `before`: a page whose latest revision has another slot."""
    pages("A")(on)
    save(on, "setContent( 'extra', new WikitextContent( 'x' ) )")


@flow("13, 7, 8 a page with another slot is protected, deleted and restored", before=with_slot, events="""
    revision A #3 with extra
    [complete] edit A #3 of #2 with extra
    purge A
    restrictions A #3 edit=sysop move=
    rc log protect/protect A
    delete A #3 (3) with extra
    page-delete A #3 (3)
    purge+ A
    rc log delete/delete A
    undelete A #3 with extra
    page-undelete A #3
    purge+ A
    revision A #1
    revision A #2 with extra
    revision A #3 with extra
    rc log delete/restore A
""")
def delete_slots(on):
    on.wiki.protect(on("A"), "edit=sysop", reason="why")
    on.wiki.delete(on("A"), "why")
    on.wiki.undelete(on("A"), "why")


@flow("7a deletion in batches; the page is moved between them", route="script", before=history("A", 5), events="""
    moved B #6 of #5 from A
    rc log move/move A
    deleted B #6 (4) -- two were archived as A: MediaWiki counts those of page and title
    rc log delete/delete B
""")
def moved_between_batches(on):
    on.php(deleting(on, "A", False), SMALL_BATCHES)
    on.wiki.move(on("A"), on("B"), "why", noredirect=True)
