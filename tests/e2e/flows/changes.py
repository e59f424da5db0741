"""Tags that users give, rows of recentchanges, patrolling (flows 19, 22, 23)."""

import chain
from flows.accounts import both
from flows.frame import flow, pages


def tag_defined(*names):
    """For `before`: tags that users may give."""
    def make(on):
        for name in names:
            on.wiki.do("managetags", operation="create", tag=on(name))
            # MediaWiki keeps a list of them for some seconds
            chain.wait_for(lambda: [t for t in on.wiki.get(action="query", list="tags", tglimit="max", tgprop="source")["query"]["tags"]
                                    if t["name"] == on(name) and "manual" in t["source"]], "tag " + name, 30, 0.1)
    return make


def tag(on, rev_id=None, **more):
    answer = on.wiki.do("tag", revid=rev_id, **more)["tag"][0]
    assert answer["status"] == "success", answer


def with_tags(*names):
    """For `before`: a page whose first revision has these tags, of those that there are."""
    def make(on):
        pages("A")(on)
        tag(on, on.revision("A"), add="|".join(on(name) for name in names))
    return make


@flow("19 tags, by a user", before=both(tag_defined("t", "u"), pages("A")), events="""
    tags A #1 +t by Admin
    tags A #1 +u -t by Admin
    tags A #1 -u by Admin
""")
def change_tags(on):
    tag(on, on.revision("A"), add=on("t"), reason="why")
    tag(on, on.revision("A"), add=on("u"), remove=on("t"), reason="why")
    tag(on, on.revision("A"), remove=on("u"))


def log_id(on, kind):
    return on.sql("SELECT log_id FROM logging WHERE log_type = %s AND log_title IN %s", kind, (on("A"), on("B")))[0][0]


@flow("19 tags of log entries, with a revision and without", before=both(
    tag_defined("t"), pages("A"), lambda on: on.wiki.protect(on("B"), "create=sysop")), events="""
    tags A #1 +t by Admin -- ChangeTags::updateTags() looks for the entry's revision in log_search
""")
def tag_log_entries(on):
    tag(on, logid=log_id(on, "create"), add=on("t"))
    tag(on, logid=log_id(on, "protect"), add=on("t"))


@flow("19 tag is deleted", before=both(tag_defined("t", "u"), with_tags("t", "u")), events="""
    [complete] tags A #1 -t -- EventBus hears of what counts tags: of that nobody
    rc log managetags/delete Special:Tags
""")
def delete_tag(on):
    on.wiki.do("managetags", operation="delete", tag=on("t"), ignorewarnings=True)


@flow("19 tag is deleted (deleteTag.php)", route="script", before=both(tag_defined("t"), with_tags("t")), events="""
    [complete] tags A #1 -t
""")
def delete_tag_by_script(on):
    on.wiki.maintenance("deleteTag", on("t"))


@flow("22 patrol", before=lambda on: on.wiki.as_user().edit(on("A"), "text"), events="""
    touch A ? -- RecentChange::reallyMarkPatrolled(): the page's link to patrol it goes
""")
def patrol(on):
    on.wiki.post(action="patrol", revid=on.revision("A"), token=on.wiki.token("patrol"))


@flow("23 into a category, and out of it", events="""
    made A #1
    rc new A #1
    rc categorize Category:C
    edited A #2 of #1
    rc edit A #2 of #1
    rc categorize Category:C
""")
def categorize(on):
    on.edit("A", "[[Category:%s]]" % on("C"))
    on.jobs()
    on.edit("A", "nothing")


@flow("23 of another wiki: a row as Wikibase writes it", route="rows", events="")
def external_change(on):
    """Wikibase 1.43 client/includes/RecentChanges/RecentChangeFactory.php: newRecentChange()."""
    on.sql("INSERT INTO recentchanges (rc_timestamp, rc_namespace, rc_title, rc_actor, rc_comment_id, rc_type, rc_source, rc_this_oldid, rc_last_oldid)"
           " SELECT '20300101000000', page_namespace, page_title, rev_actor, rev_comment_id, 5, 'wb', page_latest, page_latest"
           " FROM page JOIN revision ON rev_id = page_latest WHERE page_namespace = 0 AND page_title = 'Main_Page'")


def of_the_future(on):
    """For `before`: two edits, one with a tag, and a log entry that is old, beyond the times of any other flow."""
    both(tag_defined("t"), with_tags("t"))(on)
    on.edit("A", "more")
    on.wiki.protect(on("B"), "create=sysop")
    on.sql("UPDATE revision, page SET rev_timestamp = '20990101000000' WHERE rev_page = page_id AND page_title = %s", on("A"))
    on.sql("UPDATE logging SET log_timestamp = '20200101000000' WHERE log_title = %s", on("B"))


@flow("23 written anew (rebuildrecentchanges.php)", route="script", before=of_the_future, events="")
def rebuild_recent_changes(on):
    for day in ("20981231", "20990102"), ("20191231", "20200102"):
        on.wiki.maintenance("rebuildrecentchanges", "--from", day[0] + "000000", "--to", day[1] + "000000")
    rows = on.sql("SELECT count(*) FROM recentchanges WHERE rc_timestamp IN ('20990101000000', '20200101000000') AND rc_title IN %s", (on("A"), on("B")))
    assert rows == ((3,),), rows
