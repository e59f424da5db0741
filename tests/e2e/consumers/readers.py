"""What other readers do with an event. See README.md."""

import datetime
import re

PAGE_CHANGE = "mediawiki.page_change.v1"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# content enrichment: page_change with the texts of its slots; by (wiki_id, page_id), so that a page's events stay in order

def content_wanted(value):
    """Which revision's text it asks the wiki for: (domain, rev_id); None: none, as it is gone or hidden."""
    if value["page_change_kind"] == "delete" or not value["revision"]["is_content_visible"]:
        return None
    assert value["revision"]["content_slots"], value
    return value["meta"]["domain"], value["revision"]["rev_id"]


def with_content(value, texts):
    """The event of page_content_change; texts: by role."""
    slots = {role: {**slot, "content_body": texts[role]} for role, slot in value["revision"]["content_slots"].items()}
    return {**value, "meta": {**value["meta"], "stream": "mediawiki.page_content_change.v1"},
            "revision": {**value["revision"], "content_slots": slots}}


# the search updater: a document of each page that is no redirect, which has the titles of those to it

class SearchIndex:
    """Documents by (wiki_id, page_id): title, namespace, revision; redirects by (wiki_id, page_id): the title, to which page."""

    def __init__(self):
        self.documents, self.redirects = {}, {}

    def take(self, value):
        page, key = value["page"], (value["wiki_id"], value["page"]["page_id"])
        assert moment(value["dt"]) and moment(value["meta"]["dt"]) and value["meta"]["domain"]
        self.documents.pop(key, None)
        self.redirects.pop(key, None)
        if value["page_change_kind"] == "delete":
            return
        if page["is_redirect"]:
            self.redirects[key] = page["page_title"], page["redirect_page_link"].get("page_id")
        else:
            self.documents[key] = page["page_title"], page["namespace_id"], value["revision"]["rev_id"]


# EventStreams: what it takes away of pages that it is told to, on each of its streams

EVENT_STREAMS = [PAGE_CHANGE] + ["mediawiki." + name for name in (
    "page-create", "page-delete", "page-move", "page-undelete", "page-properties-change", "page-links-change", "recentchange",
    "revision-create", "revision-visibility-change", "revision-tags-change")]


def normal_title(title):
    return re.sub(" +", "_", str(title).strip()).lower()


def without_users(value, domain, titles):
    """The event without its users, if it is of one of these pages; else None."""
    if value["meta"]["domain"] != domain:
        return None
    title = value.get("page", {}).get("page_title", value.get("page_title", value.get("title")))
    if title is None or normal_title(title) not in [normal_title(one) for one in titles]:
        return None
    found = {name: item for name, item in value.items() if name not in ("performer", "user")}
    if value["meta"]["stream"] == PAGE_CHANGE:
        found["revision"] = {name: item for name, item in value["revision"].items() if name != "editor"}
        prior = value.get("prior_state", {})
        if "revision" in prior:
            found["prior_state"] = {**prior, "revision": {k: v for k, v in prior["revision"].items() if k != "editor"}}
    return found


# bots on recentchange (pywikibot, and clients for single languages with types)

def live_pages(values, hostname):
    """Title and namespace of the changes of a wiki that a bot looks at."""
    return [(value["title"], value["namespace"]) for value in values
            if value["server_name"] == hostname and not ("title" not in value and value["type"] == "log")]


CATEGORIZE = {"id": int, "type": str, "namespace": int, "title": str, "comment": str, "timestamp": int, "user": str, "bot": bool,
              "server_url": str, "server_name": str, "server_script_path": str, "wiki": str}
EDIT = {**CATEGORIZE, "minor": bool, "length": {"new": int, "old": (int, type(None))}, "revision": {"new": int, "old": (int, type(None))}}
LOG = {"id": int, "log_id": int, "log_type": str, "log_action": str, "log_params": (dict, list, str), "title": str, "user": str, "comment": str}
CHANGES = {"edit": EDIT, "new": EDIT, "categorize": CATEGORIZE, "log": LOG}


# purged: the URL, and since when

def purge(value):
    meta = value["meta"]
    assert re.match(r"https?://[^/]+/", meta["uri"]) and all(type(tag) is str for tag in value["tags"]), value
    return meta["uri"], moment(value.get("root_event", meta)["dt"])


# readers with types: a member that is there has this one, and what is not there is as if it were empty

META = {"uri": str, "request_id": str, "id": str, "dt": moment, "domain": str, "stream": str}
PERFORMER = {"user_text": str, "user_groups": [str], "user_is_bot": bool, "user_id": int, "user_registration_dt": moment, "user_edit_count": int}
PAGE = {"$schema": str, "database": str, "meta": META, "performer": PERFORMER, "page_id": int, "page_title": str, "page_namespace": int,
        "page_is_redirect": bool, "rev_id": int, "comment": str}
CREATE = {**PAGE, "rev_timestamp": moment, "rev_sha1": str, "rev_minor_edit": bool, "rev_len": int, "rev_content_model": str,
          "rev_content_format": str, "rev_parent_id": int, "rev_content_changed": bool}
SEEN = {"visibility": {"text": bool, "user": bool, "comment": bool}}
TYPED = {
    "mediawiki.revision-create": CREATE, "mediawiki.page-create": CREATE,
    "mediawiki.page-delete": {**PAGE, "rev_count": int},
    "mediawiki.page-move": {**PAGE, "prior_state": {"page_title": str, "page_namespace": int, "rev_id": int}},
    "mediawiki.revision-visibility-change": {**CREATE, **SEEN, "prior_state": SEEN},
}


def has_types(types, value, strict=False):
    """Is each member that is named of its type? strict: and there."""
    if isinstance(types, dict):
        return isinstance(value, dict) and all(
            has_types(of, value[name], strict) if name in value else not strict for name, of in types.items())
    if isinstance(types, list):
        return isinstance(value, list) and all(has_types(types[0], one) for one in value)
    if types is moment:
        return isinstance(value, str) and moment(value).tzinfo is not None
    return isinstance(value, types) and (types is bool or types is not int or not isinstance(value, bool))


# MediaWiki history: a row of a revision, of create and edit of page_change

def history(value):
    revision, prior = value["revision"], value.get("prior_state", {}).get("revision", {})
    editor, hidden = revision.get("editor", {}), []
    for name, part in (("content", "text"), ("comment", "comment"), ("editor", "user")):
        if not revision["is_%s_visible" % name]:
            hidden.append(part)
    size = revision.get("rev_size")
    return {
        "wiki": value["wiki_id"], "at": moment(revision["rev_dt"]), "user_id": editor.get("user_id"), "user": editor.get("user_text"),
        "anonymous": editor.get("user_id") is None, "temporary": editor.get("is_temp"), "groups": editor.get("groups"),
        "edits": editor.get("edit_count"), "registered": editor.get("registration_dt"), "page": value["page"]["page_id"],
        "title": value["page"]["page_title"], "namespace": value["page"]["namespace_id"], "revision": revision["rev_id"],
        "parent": revision.get("rev_parent_id"), "minor": revision["is_minor_edit"], "bytes": size,
        "bytes_more": None if size is None or "rev_size" not in prior else size - prior["rev_size"],
        "sha1": revision.get("rev_sha1"), "hidden": hidden, "sent": moment(value["meta"]["dt"])}
