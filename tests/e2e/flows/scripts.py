"""What only maintenance scripts do, mostly without a log row (flows 21 and 25)."""

from flows.frame import flow, pages


def page_id(on, name):
    namespace, title = on.place(name)
    return str(on.sql("SELECT page_id FROM page WHERE page_namespace = %s AND page_title = %s", namespace, title)[0][0])


def without_its_links(on):
    on.edit("A", "[[%s]] {{DEFAULTSORT:key}}" % on("B"))
    on.jobs()
    on.sql("DELETE FROM pagelinks WHERE pl_from = %s", page_id(on, "A"))
    on.sql("DELETE FROM page_props WHERE pp_page = %s", page_id(on, "A"))


@flow("21 refreshLinks", route="script", before=without_its_links, events="""
    links A #1 +B
    properties A #1 +defaultsort=key
""")
def refresh_links(on):
    on.wiki.maintenance("refreshLinks", "-e", page_id(on, "A"), page_id(on, "A"))


def in_wrong_namespace(on):
    pages("A")(on)
    on.sql("UPDATE page SET page_title = concat('Talk:', page_title) WHERE page_id = %s", page_id(on, "A"))


# A title that changed, without a revision, is a move in all modes: consumers know no other way to hear of it. EventBus says nothing.
@flow("25 namespaceDupes", route="script", before=in_wrong_namespace, events="""
    move Talk:A #1 from Talk:A by nobody
    page-move Talk:A #1 of #1 from Talk:A by nobody
    purge+ Talk:A
    purge Talk:Talk:A -- the talk page of the old title
""")
def namespace_dupes(on):
    on.wiki.maintenance("namespaceDupes", "--fix")


def with_broken_title(on):
    pages("A")(on)
    on.sql("UPDATE page SET page_title = concat(page_title, '[x]') WHERE page_id = %s", page_id(on, "A"))


@flow("25 cleanupTitles", route="script", before=with_broken_title, events=r"""
    move Broken/A\x5bx\x5d #1 from A[x] by nobody
    page-move Broken/A\x5bx\x5d #1 of #1 from A[x] by nobody
    purge+ Broken/A\x5bx\x5d
    purge+ A[x]
""")
def cleanup_titles(on):
    on.wiki.maintenance("cleanupTitles")


def two_revisions(on):
    on.edit("A", "1")
    on.edit("A", "2")


@flow("25 deleteOldRevisions", route="script", before=two_revisions, events="")
def delete_old_revisions(on):
    on.wiki.maintenance("deleteOldRevisions", "--delete", page_id(on, "A"))


def deleted_page(on):
    two_revisions(on)
    on.wiki.delete(on("A"), "gone")


@flow("25 deleteArchivedRevisions", route="script", before=deleted_page, events="")
def delete_archived_revisions(on):
    on.wiki.maintenance("deleteArchivedRevisions", "--delete")


@flow("25 compressOld", route="script", before=two_revisions, events="")
def compress_texts(on):
    first = on.sql("SELECT max(old_id) FROM text")[0][0] - 1
    on.wiki.maintenance("storage/compressOld", "-t", "gzip", "-s", str(first))


@flow("25 nukePage", route="script", before=two_revisions, events="""
    deleted A #2 (?) by nobody
""")
def nuke_page(on):
    on.wiki.maintenance("nukePage", "--delete", on("A"))
