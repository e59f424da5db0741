"""Pages are made and edited (flows 1 to 5, 14)."""

from flows.frame import flow, pages

PASSWORD = "Str0ng-pass-phrase"


@flow("1 create", events="""
    made A #1
    rc new A #1
""")
def create(on):
    on.edit("A")


@flow("1 create, without an account", events="""
    made A #1
    rc new A #1
""")
def create_anonymously(on):
    on.wiki.as_user().edit(on("A"), "text", "why")


@flow("1 create", route="script", events="""
    made A #1
    rc new A #1
""")
def create_by_script(on):
    on.wiki.maintenance("edit", "--user", on.wiki.user, "--summary", "why", on("A"), stdin=b"text")


# Links are updated before the answer, recentchanges after it (RecentChange::notifyEdit(): POSTSEND): each table of links by itself on 1.39, all
# at once on 1.43.
@flow("1 create, with links (21)", events="""
    made A #1
    [mw39] links A #1 +https://example.org/
    [mw39] links A #1 +B
    [mw43] links A #1 +B +https://example.org/
    properties A #1 +defaultsort=key
    rc new A #1
    rc categorize Category:C
""")
def create_with_links(on):
    on.edit("A", "[[%s]] https://example.org/ [[%s]] {{DEFAULTSORT:key}}" % (on("B"), on("Category:C")))


def linked_from(on):
    on.edit("A", "[[%s]] {{%s}}" % (on("B"), on("Template:T")))
    on.untouch("A")


# a job touches the pages that lead there, or use it
@flow("1 create of a page that others link to", before=linked_from, events="""
    made B #2
    rc new B #2
    touch A
""")
def create_linked(on):
    on.edit("B")


@flow("1 create of a template that others use (21)", before=linked_from, events="""
    made Template:T #2
    rc new Template:T #2
    touch A
    [mw39] links A #1 -Template:T -- what is not there to be used is a link
    [mw39] links A #1 +C
    [mw43] links A #1 +C -Template:T
""")
def create_template(on):
    on.edit("Template:T", "<includeonly>[[%s]]</includeonly>" % on("C"))


@flow("2 edit", before=pages("A"), events="""
    edited A #2 of #1
    rc edit A #2 of #1
""")
def edit(on):
    on.edit("A", "other text")


@flow("2 edit", route="script", before=pages("A"), events="""
    edited A #2 of #1
    rc edit A #2 of #1
""")
def edit_by_script(on):
    on.wiki.maintenance("edit", "--user", on.wiki.user, "--summary", "why", on("A"), stdin=b"other text")


@flow("2 edit, minor, by a bot", before=lambda on: (pages("A")(on), on.wiki.create_user(on("U"), PASSWORD, "bot")), events="""
    edited A #2 of #1
    rc edit A #2 of #1 minor bot
""")
def edit_by_bot(on):
    on.wiki.as_user(on("U"), PASSWORD).edit(on("A"), "other text", "why", minor=True, bot=True)


def archived_ahead(on):
    """An archived revision has a higher number than the next one will get."""
    pages("A", "B")(on)
    revision = on.revision("B")
    on.wiki.delete(on("B"), "gone")
    on.sql("UPDATE archive SET ar_rev_id = ar_rev_id + 10 WHERE ar_rev_id = %s", revision)
    on.sql("UPDATE slots SET slot_revision_id = slot_revision_id + 10, slot_origin = slot_origin + 10 WHERE slot_revision_id = %s", revision)


# RevisionStore inserts #3, deletes it, and takes the number after the archived one
@flow("2a edit whose number was used", before=archived_ahead, events="""
    edited A #13 of #1
    rc edit A #13 of #1
""")
def edit_with_used_number(on):
    on.edit("A", "other text")


def untouched(on):
    pages("A")(on)
    on.untouch("A")


@flow("3 null edit", before=untouched, events="""
    touch A
""")
def null_edit(on):
    on.edit("A")


@flow("3 purge", before=untouched, events="""
    touch A
""")
def purge(on):
    on.wiki.purge(on("A"))


@flow("3 purge", route="script", before=untouched, events="""
    touch A
""")
def purge_by_script(on):
    on.wiki.maintenance("purgePage", stdin=on("A").encode())


@flow("4 edit with a tag", before=pages("A"), events="""
    edited A #2 of #1
    rc edit A #2 of #1
    tags A #2 +mw-blank
""")
def edit_with_tag(on):
    on.edit("A", "")


@flow("4 redirect: made, to another page, no more", events="""
    made A #1 => B
    links A #1 +B
    rc new A #1
    tags A #1 +mw-new-redirect
    edited A #2 of #1 => C
    [mw39] links A #2 -B
    [mw39] links A #2 +C
    [mw43] links A #2 +C -B
    rc edit A #2 of #1
    tags A #2 +mw-changed-redirect-target
    edited A #3 of #2
    links A #3 -C
    rc edit A #3 of #2
    tags A #3 +mw-removed-redirect
""")
def redirects(on):
    for text in ("#REDIRECT [[%s]]" % on("B"), "#REDIRECT [[%s]]" % on("C"), "text"):
        on.edit("A", text)


def good_and_bad(on):
    on.edit("A", "good")
    on.wiki.as_user().edit(on("A"), "bad", "bad")


# that revisions are reverted a job says
@flow("5 rollback", before=good_and_bad, events="""
    edited A #3 of #2
    rc edit A #3 of #2 minor
    tags A #3 +mw-rollback
    tags A #2 +mw-reverted
""")
def rollback(on):
    on.wiki.rollback(on("A"), "127.0.0.1")


# the script's own user is made by the first that needs it; it is no patroller, so what it reverts waits for one
@flow("5 rollback", route="script", before=good_and_bad, events="""
    [complete] user create Maintenance_script by nobody ?
    edited A #3 of #2
    rc edit A #3 of #2 minor
    tags A #3 +mw-rollback
""")
def rollback_by_script(on):
    on.wiki.maintenance("rollbackEdits", "--titles", on("A"), "--user", "127.0.0.1", "--summary", "why")


@flow("5 undo", before=good_and_bad, events="""
    edited A #3 of #2
    rc edit A #3 of #2
    tags A #3 +mw-undo
    tags A #2 +mw-reverted
""")
def undo(on):
    on.wiki.do("edit", title=on("A"), undo=on.revision("A"), summary="why")


@flow("5 manual revert", before=good_and_bad, events="""
    edited A #3 of #2
    rc edit A #3 of #2
    tags A #3 +mw-manual-revert
    tags A #2 +mw-reverted
""")
def manual_revert(on):
    on.edit("A", "good")


@flow("14 content model", before=pages("A"), events="""
    edited A #2 of #1
    rc edit A #2 of #1
    tags A #2 +mw-contentmodelchange
    rc log contentmodel/change A
""")
def content_model(on):
    on.wiki.change_content_model(on("A"), "text", "why")


@flow("14 content model of a page that is made", events="""
    made A #1
    rc new A #1
    rc log contentmodel/new A
""")
def content_model_of_new_page(on):
    on.edit("A", contentmodel="text")
