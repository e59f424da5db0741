"""Histories are imported and merged (flows 11 and 12)."""

import os
import tempfile

import mw
from flows.frame import flow, pages


def dump(on, *years):
    return mw.export_xml(on("A"), [("%d-01-02T03:04:05Z" % year, "Past author", "old", "text of %d" % year) for year in years])


def import_by_script(on, *years):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(dump(on, *years))
        file.flush()
        os.chmod(file.name, 0o644)
        on.wiki.maintenance("importDump", file.name)


# All of it is one transaction, with a last revision that says who imported: what each revision made of the page is not seen. EventBus 1.43
# does not hear of it (it has PageSaveComplete); 1.45 hears of the import, but of the last revision that it has its parent's
# content: PageUpdater::setForceEmptyRevision() makes it a null edit for EditResult. page-create is of PageSaveComplete in all.
@flow("11 import", events="""
    [complete 1.45] create A #3
    [complete] page-create A #3
    purge+ A
    revision A #1
    revision A #2
    revision A #3
    rc log import/upload A
""")
def import_page(on):
    on.wiki.import_xml(dump(on, 2003, 2004), "from elsewhere")


# each statement commits by itself: the page's row gets its latest revision after that is there
@flow("11 import", route="script", events="""
    revision A #1
    [complete 1.45] create A #1
    [complete] page-create A #1
    purge+ A
    revision A #2
    [complete 1.45] edit A #2 of #1
    purge A
""")
def import_page_by_script(on):
    import_by_script(on, 2003, 2004)


def page_of_2001(on):
    pages("A")(on)
    on.rewind("A")


@flow("11 import of newer revisions", route="script", before=page_of_2001, events="""
    revision A #2
    [complete 1.45] edit A #2 of #1
    purge A
""")
def import_newer(on):
    import_by_script(on, 2003)


@flow("11 import of older revisions", route="script", before=pages("A"), events="""
    revision A #2
""")
def import_older(on):
    import_by_script(on, 2003)


# the page's last revision is the import's own, with its parent's content: in parity modes no edit
@flow("11 import of older revisions", before=pages("A"), events="""
    revision A #2
    revision A #3
    [complete] edit A #3 of #1
    purge A
    rc log import/upload A
""")
def import_older_by_api(on):
    on.wiki.import_xml(dump(on, 2003), "from elsewhere")


def source_and_destination(on):
    on.edit("A", "1")
    on.edit("A", "2")
    on.rewind("A")
    on.edit("B", "3")
    on.untouch("B")


# EventBus hears of the redirect alone, and 1.43 not of it as an edit. MergeHistory 1.39 writes the redirect's link as one of the destination.
@flow("12 history merge, all", before=source_and_destination, events="""
    revision A #4
    [complete 1.45] edit A #4 of #2 => B
    purge A
    [mw39] links B #3 +B
    [mw43] links A #4 +B
    touch B
    rc log merge/merge A
""")
def merge_all(on):
    on.wiki.merge_history(on("A"), on("B"), "one history")


@flow("12 history merge, in part", before=source_and_destination, events="""
    touch A
    touch B
    rc log merge/merge A
""")
def merge_part(on):
    on.wiki.merge_history(on("A"), on("B"), "one history", timestamp="2001-01-01T00:00:00Z")


def source_without_redirects(on):
    on.edit("A", "1", contentmodel="text")
    on.edit("A", "2")
    on.rewind("A")
    on.edit("B", "3", contentmodel="text")
    on.untouch("B")


# the source gets an empty revision (#4), and is deleted with it: that one is what was deleted, the others are the destination's
@flow("12 history merge, the source cannot be a redirect", before=source_without_redirects, events="""
    deleted A #4 (1)
    touch B
    rc log merge/merge A
    rc log delete/delete A
""")
def merge_without_redirect(on):
    on.wiki.merge_history(on("A"), on("B"), "one history")
