"""An event of any stream in one line: what it tells, and of what."""

import re
import urllib.parse

VISIBILITY = (("text", "is_content_visible"), ("user", "is_editor_visible"), ("comment", "is_comment_visible"))


def describe(event, first_revision, parity):
    """event is a kafka.Event; revisions are told by their number from first_revision on; parity modes encode links twice."""
    def rev(number):
        return "#%d" % (number - first_revision + 1)
    return " ".join(word for word in BY_STREAM[event.stream](event, event.value, rev, parity) if word)


def by(value):
    """Nothing, if it is said who did it."""
    return "" if "performer" in value else "by nobody"


def by_whom(value):
    """Nothing, if it is said that the administrator did it, who does whatever flows do not do as others."""
    name = value.get("performer", {}).get("user_text", "nobody")
    return "" if name == "Admin" else "by " + name.replace(" ", "_")


def reason(value, comment):
    """Nothing, if it is the reason that all flows give, or there is none as there is nobody who had it."""
    return "" if comment == ("why" if "performer" in value else "") else "for " + (comment or "nothing")


def signed(after, before):
    """What came and went, by name."""
    return ["+" + name for name in after if name not in before] + ["-" + name for name in before if name not in after]


def page_change(event, value, rev, parity):
    prior, page = value.get("prior_state", {}), value["page"]
    what = [event.kind, event.title, rev(value["revision"]["rev_id"])]
    if event.kind in ("edit", "move") and "revision" in prior:
        what += ["of", rev(prior["revision"]["rev_id"])]
    if event.kind == "move":
        what += ["from", prior["page"].get("page_title", event.title)]
        if "created_redirect_page" in value:
            what += ["leaving", value["created_redirect_page"]["page_title"]]
    if event.kind == "delete":
        what.append("(%d)" % page["revision_count"] if "revision_count" in page else "(?)")
    if event.kind == "undelete" and "page" in prior:
        what.append("other id")
    if event.kind == "visibility_change":
        what += ["%s%s" % ("-" if prior["revision"][name] else "+", short) for short, name in VISIBILITY if name in prior["revision"]]
    if page["is_redirect"]:
        link = page.get("redirect_page_link", {})
        what += ["=>", link.get("page_title", "?")]
    return what + with_roles(value["revision"].get("content_slots", {})) + ([] if event.kind in ("create", "edit") else [by(value)])


def with_roles(slots):
    """Slots beside the main one."""
    roles = sorted(role for role in slots if role != "main")
    return ["with", ",".join(roles)] if roles else []


def revision_create(event, value, rev, parity):
    return ["revision", event.title, rev(value["rev_id"])] + with_roles(value.get("rev_slots", {}))


def page_create(event, value, rev, parity):
    return ["page-create", event.title, rev(value["rev_id"])]


def page_delete(event, value, rev, parity):
    return [event.kind, event.title, rev(value["rev_id"]), "(%s)" % value.get("rev_count", "?"), by(value)]


def page_undelete(event, value, rev, parity):
    return ["page-undelete", event.title, rev(value["rev_id"]), "other id" if "prior_state" in value else "", by(value)]


def page_move(event, value, rev, parity):
    prior, left = value["prior_state"], value.get("new_redirect_page")
    return ["page-move", event.title, rev(value["rev_id"]), "of", rev(prior["rev_id"]), "from", prior["page_title"]] + (
        ["leaving", left["page_title"], rev(left["rev_id"])] if left else []) + [by(value)]


def visibility_change(event, value, rev, parity):
    now, before = value["visibility"], value["prior_state"]["visibility"]
    return ["visibility", event.title, rev(value["rev_id"])] + [
        "%s%s" % ("+" if now[name] else "-", name) for name, _ in VISIBILITY if now[name] != before[name]] + [by(value)]


def properties_change(event, value, rev, parity):
    added, removed = (["%s=%s" % item for item in sorted(value.get(name, {}).items())]
                      for name in ("added_properties", "removed_properties"))
    return ["properties", event.title, rev(value["rev_id"]) if value["rev_id"] else "#0"] + signed(added, removed)


def links_change(event, value, rev, parity):
    def name(link):
        text = urllib.parse.unquote(link["link"]) if parity else link["link"]
        return text if link["external"] else urllib.parse.unquote(re.sub("^/wiki/", "", text))
    added, removed = ([name(link) for link in value.get(which, [])] for which in ("added_links", "removed_links"))
    return ["links", event.title, rev(value["rev_id"]) if value["rev_id"] else "#0"] + signed(sorted(added), sorted(removed))


def restrictions_change(event, value, rev, parity):
    return ["restrictions", event.title, rev(value["rev_id"])] + [
        "%s=%s" % item for item in sorted(value["page_restrictions"].items())] + [by_whom(value), reason(value, value["reason"])]


def tags_change(event, value, rev, parity):
    return ["tags", event.title, rev(value["rev_id"])] + signed(
        [tag.replace(" ", "_") for tag in value["tags"]], [tag.replace(" ", "_") for tag in value["prior_state"]["tags"]]) + (
            ["by", value["performer"]["user_text"]] if "performer" in value else [])


def forbidden(blocks):
    found = sorted(name for name, item in blocks.items() if item is True)
    found += ["%s:%s" % (limit["type"], limit["value"]) for limit in blocks.get("restrictions", []) if limit["type"] != "page"]
    found += ["page" for limit in blocks.get("restrictions", []) if limit["type"] == "page"]
    return ",".join(found + ["expires"] * ("expiry_dt" in blocks)) or "nothing"


def blocks_change(event, value, rev, parity):
    prior = value.get("prior_state", {}).get("blocks")
    return ["blocks", (event.user or "?").replace(" ", "_"), forbidden(value["blocks"]), "was " + forbidden(prior) if prior else "",
            by_whom(value), reason(value, value.get("comment", ""))]


def user_change(event, value, rev, parity):
    prior = value.get("prior_state", {}).get("user", {})
    what = ["user", event.kind, (event.user or "?").replace(" ", "_")]
    if "user_text" in prior:
        what += ["from", prior["user_text"].replace(" ", "_")]
    if "groups" in prior:
        what += signed(value["user"]["groups"], prior["groups"])
    if value.get("is_autocreate"):
        what.append("autocreated")
    return what + [by_whom(value), "" if event.kind == "create" else reason(value, value.get("comment", ""))]


def resource(event, value, rev, parity):
    """touch or purge, the page, and which of its URLs."""
    url = urllib.parse.urlsplit(value["meta"]["uri"])
    title, which = urllib.parse.unquote(url.path[len("/wiki/"):]), ""
    if url.path == "/index.php":
        query = dict(urllib.parse.parse_qsl(url.query))
        title, which = query["title"], query["action"]
    return [{"resource_change": "touch", "resource-purge": "purge-url"}[event.stream], title, which]


def recentchange(event, value, rev, parity):
    what = ["rc", value["type"]]
    if value["type"] == "log":
        what.append("%s/%s" % (value["log_type"], value["log_action"]))
    what.append(event.title)
    if value["type"] in ("new", "edit"):
        what.append(rev(value["revision"]["new"]))
        what += ["of", rev(value["revision"]["old"])] if value["revision"]["old"] else []
        what += ["minor"] * value["minor"]
    return what + ["bot"] * value["bot"]


def file_change(event, value, rev, parity):
    prior = value.get("prior_state", {}).get("file", {})
    what = ["file", event.kind, event.title, value["file"]["version"]]
    if "file_name" in prior:
        what += ["from", prior["file_name"]]
    if event.kind == "visibility_change":
        what += ["%s%s" % ("-" if prior[name] else "+", short) for short, name in VISIBILITY if name in prior]
    if "version_count" in value:
        what.append("(%d)" % value["version_count"])
    return what + [by(value)]


BY_STREAM = {
    "mediawiki.page_change.v1": page_change, "mediawiki.revision-create": revision_create, "mediawiki.page-create": page_create,
    "mediawiki.page-delete": page_delete, "mediawiki.page-suppress": page_delete, "mediawiki.page-undelete": page_undelete,
    "mediawiki.page-move": page_move, "mediawiki.revision-visibility-change": visibility_change,
    "mediawiki.page-properties-change": properties_change, "mediawiki.page-links-change": links_change,
    "mediawiki.page-restrictions-change": restrictions_change, "mediawiki.revision-tags-change": tags_change,
    "mediawiki.user-blocks-change": blocks_change, "mediawiki.user_change.v1": user_change, "resource_change": resource,
    "resource-purge": resource, "mediawiki.recentchange": recentchange, "mwmirror.file_change.v1": file_change,
}
