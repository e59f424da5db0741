"""Files (flow 20): file_change beside the events of their pages."""

import os
import tempfile

import chain
import mw
from flows.accounts import both
from flows.frame import flow, pages


def upload(on, name, comment, text=None, wiki=None):
    return (wiki or on.wiki).upload(on(name), on.png(), comment, text)


def files(*names):
    """For `before`: files of one version."""
    def make(on):
        for name in names:
            upload(on, name, "made before", "text")
    return make


def versions(name):
    """For `before`: a file of two versions, each of a second of its own."""
    def make(on):
        upload(on, name, "made before", "text")
        on.sql("UPDATE image SET img_timestamp = '20200101000000' WHERE img_name = %s", on(name))
        upload(on, name, "made before")
        on.sql("UPDATE image SET img_timestamp = '20200102000000' WHERE img_name = %s", on(name))
    return make


def another_second(on):
    """For `before`: by now another version can be archived. MediaWiki names them by the second, and refuses the second one of one second."""
    now = on.sql("SELECT UTC_TIMESTAMP()")
    chain.wait_for(lambda: on.sql("SELECT UTC_TIMESTAMP()") != now, "another second", 5, 0.02)


def archive_name(on, name):
    return on.wiki.file_versions(on(name))[-1]["archivename"]


@flow("20 upload", events="""
    file upload A.png current
    made File:A.png #1
    touch File:A.png ?
    rc log upload/upload File:A.png
""")
def upload_new(on):
    upload(on, "A.png", "why", "text")


@flow("20 upload of a file whose page is there", before=pages("File:A.png"), events="""
    file upload A.png current
    revision File:A.png #2
    [complete] edit File:A.png #2 of #1
    purge File:A.png
    touch File:A.png ?
    rc log upload/upload File:A.png
""")
def upload_to_page(on):
    upload(on, "A.png", "why", "other text")


@flow("20a re-upload", before=files("A.png"), events="""
    file reupload A.png current
    revision File:A.png #2
    [complete] edit File:A.png #2 of #1
    purge File:A.png
    touch File:A.png ?
    rc log upload/overwrite File:A.png
""")
def upload_again(on):
    upload(on, "A.png", "why")


@flow("20a revert, by the form", before=both(versions("A.png"), another_second), events="""
    file revert A.png current
    revision File:A.png #3
    [complete] edit File:A.png #3 of #2
    purge File:A.png
    touch File:A.png ?
    rc log upload/revert File:A.png
""")
def revert(on):
    assert on.wiki.revert_file(on("A.png"), archive_name(on, "A.png"), "why")


@flow("20a revert", before=both(versions("A.png"), another_second), events="""
    file reupload A.png current -- the log says so
    revision File:A.png #3
    [complete] edit File:A.png #3 of #2
    purge File:A.png
    touch File:A.png ?
    rc log upload/overwrite File:A.png
""")
def revert_by_api(on):
    on.wiki.do("filerevert", filename=on("A.png"), archivename=archive_name(on, "A.png"), comment="why")


@flow("20b delete, restore", before=versions("A.png"), events="""
    deleted File:A.png #2 (2)
    file delete A.png deleted (2)
    rc log delete/delete File:A.png
    file restore A.png current (2)
    undeleted File:A.png #1 #2
    touch File:A.png ?
    rc log delete/restore File:A.png
""")
def delete_and_restore(on):
    on.wiki.delete(on("File:A.png"), "why")
    on.wiki.undelete(on("File:A.png"), "why")


@flow("20b an earlier version is deleted, and restored", before=versions("A.png"), events="""
    file delete A.png deleted (1)
    touch File:A.png ?
    rc log delete/delete File:A.png
    file restore A.png old (1)
    touch File:A.png ?
    rc log delete/restore File:A.png
""")
def delete_and_restore_version(on):
    on.wiki.delete(on("File:A.png"), "why", oldimage=archive_name(on, "A.png"))
    on.wiki.do("undelete", title=on("File:A.png"), reason="why",
               fileids=on.sql("SELECT fa_id FROM filearchive WHERE fa_name = %s", on("A.png"))[0][0])


@flow("6c file is moved", before=versions("A.png"), events="""
    moved File:B.png #3 of #2 from File:A.png
    file move B.png current from A.png -- MovePage::move() moves the page first
    touch File:B.png ?
    rc log move/move File:A.png
""")
def move_file(on):
    on.wiki.move(on("File:A.png"), on("File:B.png"), "why", noredirect=True)


@flow("9b an earlier version is hidden, shown; suppressed, shown", before=versions("A.png"), events="""
    file visibility_change A.png old -text -comment
    touch File:A.png ?
    rc log delete/revision File:A.png
    file visibility_change A.png old +text +comment
    touch File:A.png ?
    rc log delete/revision File:A.png
    file visibility_change A.png old -user by nobody
    touch File:A.png ?
    file visibility_change A.png old +user by nobody
    touch File:A.png ?
""")
def hide_version(on):
    name = archive_name(on, "A.png").split("!")[0]

    def hide(**how):
        on.wiki.revision_delete([name], type="oldimage", target=on("File:A.png"), reason="why", **how)
    hide(hide="content|comment")
    hide(show="content|comment")
    hide(hide="user", suppress="yes")
    hide(show="user", suppress="no")


@flow("20, 20a (importImages.php)", route="script", events="""
    file upload A.png current
    made File:A.png #1
    touch File:A.png ?
    rc log upload/upload File:A.png
    tags File:A.png #1 +mw-server-side-upload
    file reupload A.png current
    revision File:A.png #2
    [complete] edit File:A.png #2 of #1
    purge File:A.png
    touch File:A.png ?
    rc log upload/overwrite File:A.png
    tags File:A.png #2 +mw-server-side-upload
""")
def import_images(on):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for _ in range(2):
            with open(os.path.join(folder, on("A.png")), "wb") as file:
                file.write(on.png())
            on.wiki.maintenance("importImages", "--user", on.wiki.user, "--comment", "why", "--overwrite", folder)


@flow("20 metadata anew (refreshImageMetadata.php)", route="script", before=versions("A.png"), events="")
def refresh_metadata(on):
    on.wiki.maintenance("refreshImageMetadata", "--force", "--start", on("A.png"), "--end", on("A.png"))
