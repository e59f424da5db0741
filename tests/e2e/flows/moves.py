"""Pages are moved (flow 6)."""

from flows.frame import flow, pages


@flow("6 move", before=pages("A"), events="""
    moved B #2 of #1 from A
    rc log move/move A
""")
def move(on):
    on.wiki.move(on("A"), on("B"), "why", noredirect=True)


@flow("6 move", route="script", before=pages("A"), events="""
    moved B #2 of #1 from A
    rc log move/move A
""")
def move_by_script(on):
    on.wiki.maintenance("moveBatch", "--u", on.wiki.user, "--r", "why", "--noredirects",
                        stdin=("%s|%s\n" % (on("A"), on("B"))).encode())


@flow("6 move to another namespace", before=pages("A"), events="""
    moved Talk:A #2 of #1 from A
    rc log move/move A
""")
def move_to_talk(on):
    on.wiki.move(on("A"), on("Talk:A"), "why", noredirect=True)


def redirect_to_target(on):
    on.edit("A", "#REDIRECT [[%s]]" % on("T"))


@flow("6 move of a redirect", before=redirect_to_target, events="""
    moved B #2 of #1 from A => T
    rc log move/move A
""")
def move_of_redirect(on):
    on.wiki.move(on("A"), on("B"), "why", noredirect=True)


@flow("6 move with talk and subpages", before=pages("A", "Talk:A", "Talk:A/S"), events="""
    moved B #4 of #1 from A
    moved Talk:B #5 of #2 from Talk:A
    moved Talk:B/S #6 of #3 from Talk:A/S
    rc log move/move A
    rc log move/move Talk:A
    rc log move/move Talk:A/S
""")
def move_with_others(on):
    on.wiki.move(on("A"), on("B"), "why", noredirect=True, movetalk=True, movesubpages=True)


@flow("6a move leaving a redirect", before=pages("A"), events="""
    moved B #2 of #1 from A leaving A #3
    made A #3 => B
    tags A #3 +mw-new-redirect
    links A #3 +B
    rc log move/move A
    touch A ? -- a job: it leads to a page that was made
""")
def move_leaving_redirect(on):
    on.wiki.move(on("A"), on("B"), "why")


@flow("6a move leaving a redirect", route="script", before=pages("A"), events="""
    moved B #2 of #1 from A leaving A #3
    made A #3 => B
    tags A #3 +mw-new-redirect
    links A #3 +B
    rc log move/move A
    touch A ? -- a job: it leads to a page that was made
""")
def move_leaving_redirect_by_script(on):
    on.wiki.maintenance("moveBatch", "--u", on.wiki.user, "--r", "why", stdin=("%s|%s\n" % (on("A"), on("B"))).encode())


def moved_before(on):
    pages("A")(on)
    on.wiki.move(on("A"), on("B"), "there")


# #2 is of the first move, #3 the redirect that it left
@flow("6b move over a redirect", before=moved_before, events="""
    deleted A #3 (1) => B
    moved A #4 of #2 from B leaving B #5
    made B #5 => A
    tags B #5 +mw-new-redirect
    links A #3 -B
    links B #5 +A
    rc log move/move_redir B
    rc log delete/delete_redir A
    touch B ?
""")
def move_over_redirect(on):
    on.wiki.move(on("B"), on("A"), "and back")
