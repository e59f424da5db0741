"""Protection of pages, and of titles that may not be created (flow 13)."""

from flows.accounts import both
from flows.files import files
from flows.frame import flow, pages

SYSOPS = "edit=sysop|move=sysop"


def protected(*names, protections=SYSOPS, **more):
    """For `before`: pages that are protected."""
    def make(on):
        for name in names:
            on.edit(name)
            on.wiki.protect(on(name), protections, reason="made before", **more)
    return make


@flow("13 protect", before=pages("A"), events="""
    revision A #2
    [complete] edit A #2 of #1
    purge A
    restrictions A #2 edit=sysop move=
    rc log protect/protect A
""")
def protect(on):
    on.wiki.protect(on("A"), "edit=sysop", reason="why")


@flow("13 change: other levels", before=protected("A"), events="""
    revision A #3
    [complete] edit A #3 of #2
    purge A
    restrictions A #3 edit=autoconfirmed move=
    rc log protect/modify A
""")
def protect_otherwise(on):
    on.wiki.protect(on("A"), "edit=autoconfirmed|move=all", reason="why")


@flow("13 change: it expires", before=protected("A"), events="""
    revision A #3
    [complete] edit A #3 of #2
    purge A
    restrictions A #3 edit=sysop move=sysop
    rc log protect/modify A
""")
def protect_until(on):
    on.wiki.protect(on("A"), SYSOPS, expiry="2060-01-01T00:00:00Z", reason="why")


@flow("13 cascading", before=pages("A"), events="""
    revision A #2
    [complete] edit A #2 of #1
    purge A
    restrictions A #2 edit=sysop move=
    rc log protect/protect A
""")
def protect_cascading(on):
    on.wiki.do("protect", title=on("A"), protections="edit=sysop", cascade=True, reason="why")


@flow("13 unprotect", before=protected("A"), events="""
    revision A #3
    [complete] edit A #3 of #2
    purge A
    restrictions A #3 edit= move=
    rc log protect/unprotect A
""")
def unprotect(on):
    on.wiki.protect(on("A"), "edit=all|move=all", reason="why")


@flow("13 protect a file", before=files("A.png"), events="""
    revision File:A.png #2
    [complete] edit File:A.png #2 of #1
    purge File:A.png
    restrictions File:A.png #2 edit= move= upload=sysop
    rc log protect/protect File:A.png
""")
def protect_file(on):
    on.wiki.protect(on("File:A.png"), "upload=sysop", reason="why")


@flow("13 protect, change, unprotect", route="script", before=pages("A"), events="""
    revision A #2
    [complete] edit A #2 of #1
    purge A
    [complete] restrictions A #2 edit=sysop move= by nobody -- a row, a transaction
    [complete] restrictions A #2 edit=sysop move=sysop by nobody
    restrictions A #2 edit=sysop move=sysop
    rc log protect/protect A
    revision A #3
    [complete] edit A #3 of #2
    purge A
    [complete] restrictions A #3 edit= move= by nobody
    restrictions A #3 edit= move=
    rc log protect/unprotect A
""")
def protect_by_script(on):
    on.wiki.maintenance("protect", "--user", on.wiki.user, "--reason", "why", on("A"))
    on.wiki.maintenance("protect", "--user", on.wiki.user, "--reason", "why", "--unprotect", on("A"))


@flow("13a title protection, and its end", events="""
    rc log protect/protect A
    rc log protect/unprotect A
""")
def protect_title(on):
    on.wiki.protect(on("A"), "create=sysop", reason="why")
    on.wiki.protect(on("A"), "create=all", reason="why")


@flow("13a the page of a protected title is made", before=lambda on: on.wiki.protect(on("A"), "create=sysop"), events="""
    made A #1
    rc new A #1
""")
def create_protected_title(on):
    on.edit("A")


@flow("6a move of a protected page: the redirect that it leaves is protected, too", before=protected("A"), events="""
    moved B #3 of #2 from A leaving A #4
    made A #4 => B
    tags A #4 +mw-new-redirect
    [complete] restrictions A #4 edit=sysop move=sysop -- EventBus hears of what users protect
    links A #4 +B
    rc log move/move A
    rc log protect/move_prot B
    touch A ? -- a job: it leads to a page that was made
""")
def move_protected(on):
    on.wiki.move(on("A"), on("B"), "why")


@flow("13, 7, 8 a protected page is deleted, and restored", before=protected("A"), events="""
    deleted A #2 (2) -- MediaWiki deletes the rows of its protection later, and does not restore them
    rc log delete/delete A
    undeleted A #1 #2
    rc log delete/restore A
""")
def delete_protected(on):
    on.wiki.delete(on("A"), "why")
    on.wiki.undelete(on("A"), "why")


def expired(name):
    """For `before`: a page whose protection has expired, which was told as it did."""
    def make(on):
        protected(name)(on)
        on.sql("UPDATE page_restrictions, page SET pr_expiry = '20200101000000' WHERE page_id = pr_page AND page_title = %s", on(name))
        on.ended()
    return make


@flow("13b expired protection is removed as another page is protected", before=both(expired("A"), pages("B")), events="""
    revision B #4
    [complete] edit B #4 of #3
    purge B
    restrictions B #4 edit=sysop move=
    rc log protect/protect B
""")
def purge_expired_protection(on):
    on.wiki.protect(on("B"), "edit=sysop", reason="why")
