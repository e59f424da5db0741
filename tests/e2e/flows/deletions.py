"""Pages are deleted and restored (flows 7 and 8)."""

import mw
from flows.frame import flow, pages
from test_page_change import suppressing_delete

BATCH = 20      # $wgDeleteRevisionsBatchSize (deploy/lib/LocalSettings.php)


def on_list(on, *names):
    return "".join(on(name) + "\n" for name in names).encode()


@flow("7 delete", before=pages("A"), events="""
    deleted A #1 (1)
    rc log delete/delete A
""")
def delete(on):
    on.wiki.delete(on("A"), "why")


@flow("7 delete", route="script", before=pages("A", "B"), events="""
    deleted A #1 (1)
    rc log delete/delete A
    deleted B #2 (1)
    rc log delete/delete B
""")
def delete_by_script(on):
    on.wiki.maintenance("deleteBatch", "-u", on.wiki.user, "-r", "why", stdin=on_list(on, "A", "B"))


@flow("7 delete with talk", before=pages("A", "Talk:A"), events="""
    deleted A #1 (1)
    deleted Talk:A #2 (1)
    rc log delete/delete A
    rc log delete/delete Talk:A
""")
def delete_with_talk(on):
    on.wiki.delete(on("A"), "why", deletetalk=True)


def redirect_with_property(on):
    on.edit("A", "#REDIRECT [[%s]] https://example.org/ {{DEFAULTSORT:key}}" % on("B"))


# the page's rows in the tables of links go after it
@flow("7 delete of a redirect with links", before=redirect_with_property, events="""
    deleted A #1 (1) => B
    [mw39] links A #1 -https://example.org/
    [mw39] links A #1 -B
    [mw43] links A #1 -B -https://example.org/
    properties A #1 -defaultsort=key
    rc log delete/delete A
""")
def delete_with_links(on):
    on.wiki.delete(on("A"), "why")


@flow("7 suppressing delete", before=pages("A"), events="""
    suppressed A #1 (1)
""")
def suppress(on):
    suppressing_delete(on.wiki, on("A"))


def long_history(on):
    on.wiki.import_xml(mw.export_xml(on("A"), [("2003-01-02T03:%02d:05Z" % n, "Past", "old", "text %d" % n) for n in range(BATCH + 5)]))


@flow("7a delete in batches", before=long_history, events="""
    deleted A #26 (26)
    rc log delete/delete A
""")
def delete_in_batches(on):
    on.wiki.delete(on("A"), "why")


@flow("7a delete in batches", route="script", before=long_history, events="""
    deleted A #26 (26)
    rc log delete/delete A
""")
def delete_in_batches_by_script(on):
    on.wiki.maintenance("deleteBatch", "-u", on.wiki.user, "-r", "why", stdin=on_list(on, "A"))


def deleted(*texts):
    """A page with these revisions, each of another year from 2001 on, that was deleted."""
    def make(on):
        for text in texts:
            on.edit("A", text)
        on.rewind("A")
        on.wiki.delete(on("A"), "gone")
    return make


def restore(on, *years):
    on.wiki.undelete(on("A"), "back", timestamps=["%d-01-01T00:00:00Z" % year for year in years] or None)


@flow("8 undelete", before=deleted("1", "2"), events="""
    undeleted A #1 #2
    rc log delete/restore A
""")
def undelete(on):
    restore(on)


# undelete.php commits the log row by itself
@flow("8 undelete", route="script", before=deleted("1", "2"), events="""
    undeleted A #1 #2 by nobody
    rc log delete/restore A
""")
def undelete_by_script(on):
    on.wiki.maintenance("undelete", "--user", on.wiki.user, "--reason", "back", on("A"))


@flow("8 undelete of a redirect with links", before=deleted("#REDIRECT [[Elsewhere]]"), events="""
    undeleted A #1 => Elsewhere
    links A #1 +Elsewhere
    rc log delete/restore A
""")
def undelete_redirect(on):
    restore(on)


def page_id_taken(on):
    """What was restored of the page is at another title: its id is taken."""
    deleted("1", "2")(on)
    restore(on, 2001)
    on.wiki.move(on("A"), on("B"), noredirect=True)


@flow("8 undelete, the page's id is taken", before=page_id_taken, events="""
    undeleted A #2 other id
    rc log delete/restore A
""")
def undelete_to_other_id(on):
    restore(on)


def made_again(on):
    deleted("1")(on)
    on.edit("A", "new")


# EventBus 1.43 tells of every undeletion, with what was restored; 1.45 of those that make the page (PageCreatedEvent)
@flow("8a undelete beneath a page", before=made_again, events="""
    revision A #1
    [1.43] undelete A #1
    page-undelete A #1
    purge A -- its history is another; MediaWiki does not purge it
    rc log delete/restore A
""")
def undelete_beneath(on):
    restore(on)


def older_restored(on):
    deleted("1", "2")(on)
    restore(on, 2001)


@flow("8a undelete on top of a page", before=older_restored, events="""
    revision A #2
    [complete] edit A #2 of #1
    [1.43] undelete A #2
    page-undelete A #2
    purge A
    rc log delete/restore A
""")
def undelete_on_top(on):
    restore(on)


@flow("8b undelete in part", before=deleted("1", "2", "3"), events="""
    undeleted A #1 #3
    rc log delete/restore A
""")
def undelete_in_part(on):
    restore(on, 2001, 2003)
