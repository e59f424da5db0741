"""What every event must satisfy, whatever caused it, and how two events are made comparable."""

import copy
import datetime
import json
import os
import re
import urllib.parse
import uuid

import schemas

DATA = os.path.join(os.path.dirname(__file__), "data")


def examples(stream):
    """The recorded events of a stream."""
    with open(os.path.join(DATA, stream + ".jsonl")) as file:
        return [json.loads(line) for line in file if line.startswith("{")]


# by stream: what its events say in $schema
SCHEMAS = {
    "mediawiki.page_change.v1": "/mediawiki/page/change/1.2.0",
    "mediawiki.page_content_change.v1": "/mediawiki/page/change/1.2.0",
    "mediawiki.revision-create": "/mediawiki/revision/create/2.0.0",
    "mediawiki.page-create": "/mediawiki/revision/create/2.0.0",
    "mediawiki.page-delete": "/mediawiki/page/delete/1.0.0",
    "mediawiki.page-suppress": "/mediawiki/page/delete/1.0.0",
    "mediawiki.page-undelete": "/mediawiki/page/undelete/1.0.0",
    "mediawiki.page-move": "/mediawiki/page/move/1.0.0",
    "mediawiki.revision-visibility-change": "/mediawiki/revision/visibility-change/1.0.0",
    "mediawiki.revision-tags-change": "/mediawiki/revision/tags-change/1.0.0",
    "mediawiki.recentchange": "/mediawiki/recentchange/1.0.1",
    "resource_change": "/resource_change/1.0.0",
    "resource-purge": "/resource_change/1.0.0",
    "mwmirror.file_change.v1": "/mwmirror/file/change/1.0.0",
    "mwmirror.wiki_change.v1": "/mwmirror/wiki/change/1.0.0",
    "mediawiki.page-properties-change": "/mediawiki/page/properties-change/1.0.0",
    "mediawiki.page-links-change": "/mediawiki/page/links-change/1.0.0",
    "mediawiki.page-restrictions-change": "/mediawiki/page/restrictions-change/2.0.0",
    "mediawiki.page.state.v1": "/mwmirror/page/state/1.0.0",
    "mediawiki.user_change.v1": "/development/mediawiki_user_change/1.3.0",
    "mediawiki.user-blocks-change": "/mediawiki/user/blocks-change/1.1.0",
}

EXAMPLES = examples("page_change.v1")

# decoder/README.md lists every difference from MediaWiki's own events with its reason. Of those, this is what an
# event of the scenario shows: fields that the examples have and the mirror cannot know.
ABSENT = [("parsedcomment",)]

# SHA-1 of recorded texts that nobody knows; the scenario writes others of the same length.
UNKNOWN_TEXTS = {"bewjc6w281enemnnvho8ov8tb3cvpm0", "2ymsm0mflw74nb2ww34bdzp1lkn5ux1"}

CHANGELOG = {"create": "insert", "undelete": "insert", "edit": "update", "move": "update",
             "visibility_change": "update", "delete": "delete"}
DT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
META_DT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")
UUID5 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

# decoder/plugin/identity.h
ID_NAMESPACE = uuid.UUID("9c4bd3fb-5e42-5e0f-9a52-2f3ab1e0f8d6")

# wfUrlencode: PHP's urlencode, and these stay as they are
URL_SAFE = ";@$!*(),/~:-_."


def in_short(gtid, value):
    """An event of page_change as binlog.expected_events tells it."""
    return (gtid, value["wiki_id"], value["page_change_kind"], value["page"]["page_id"], value["revision"]["rev_id"])


def envelopes(path, stream="mediawiki.page_change.v1"):
    """What a relay with --format envelope has written into a file of a stream by now; nothing if there is none yet."""
    try:
        with open(path, "rb") as file:
            found = [json.loads(line) for line in file if line.endswith(b"\n")]
    except FileNotFoundError:
        return []
    for envelope in found:
        schemas.check(envelope["value"])
    return [envelope for envelope in found if envelope["value"]["meta"]["stream"] == stream]


def transaction_name(event):
    """What names the transaction of an event (decoder/plugin/core/identity.h)."""
    name = "%s %s" % (event.source, event.gtid)
    if event.gtid.startswith("Q"):      # what a request made, by when it happened
        at = datetime.datetime.fromisoformat(event.value["meta"]["dt"].replace("Z", "+00:00"))
        name += " %d" % round(at.timestamp() * 1000000)
    return name


def check(event, api_url=None, schemas_of_mode={}):
    """Everything that holds for every event: schema, which may be the mode's, clocks, meta; and what holds for its stream."""
    if event.value is None:
        return check_tombstone(event)
    value, meta = event.value, event.value["meta"]
    assert value["$schema"] == schemas_of_mode.get(event.stream, SCHEMAS[event.stream])
    schemas.check(value)
    assert UUID5.match(meta["id"]), meta["id"]
    assert meta["request_id"] == str(uuid.uuid5(ID_NAMESPACE, transaction_name(event)))
    assert META_DT.match(meta["dt"]), meta["dt"]
    assert "dt" not in value or DT.match(value["dt"]), value["dt"]
    if api_url:
        assert meta["domain"] == urllib.parse.urlparse(api_url).hostname
        if "page_title" in event.page or event.user:
            assert meta["uri"] == page_url(api_url, event.title)
    CHECKS[event.stream](event)
    return value


def check_tombstone(event):
    """Only streams of what there is have them: a key, and nothing else."""
    assert event.stream in TOMBSTONES and set(event.key) == {"wiki_id", "page_id"}, event.key_bytes


def page_url(api_url, title):
    return api_url[:-len("/api.php")] + "/wiki/" + urllib.parse.quote(title, safe=URL_SAFE)


def check_resource(event):
    """No key, and nothing but what happened and to which URL."""
    assert event.key_bytes is None, event.key_bytes
    assert set(event.value) == {"$schema", "meta", "tags"} and "uri" in event.value["meta"]
    assert event.value["tags"] == [{"resource_change": "null_edit", "resource-purge": "mediawiki"}[event.stream]]


def check_page_change(event):
    """Key, kinds, times, redaction by its own flags."""
    value = event.value
    assert json.dumps({"wiki_id": value["wiki_id"], "page_id": value["page"]["page_id"]},
                      separators=(",", ":")).encode() == event.key_bytes, event.key_bytes
    assert value["changelog_kind"] == CHANGELOG[event.kind]
    # an edit may be to a revision that was there before: merged, restored, without performer or with who the log names; a move by a script
    # has none of its own
    if event.kind == "create" or (event.kind == "move" and "revision" in value["prior_state"]):
        assert value["dt"] == value["revision"]["rev_dt"]
    elif event.kind in ("edit", "move"):
        assert value["dt"] >= value["revision"]["rev_dt"]
    for revision in revisions(value):
        if "rev_id" in revision:
            redaction(revision, event)


def check_revision_create(event):
    """No key; the revision's time; hash and size, of slots too, all or nothing; no value for what is not there."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    assert value["dt"] == value["rev_timestamp"]
    assert value.get("comment") != "" and value.get("rev_parent_id") != 0
    assert len({"rev_sha1" in value, "rev_len" in value, "rev_slots" in value}) == 1, event
    if "rev_slots" in value and len(value["rev_slots"]) == 1:
        main = value["rev_slots"]["main"]
        assert (main["rev_slot_sha1"], main["rev_slot_size"], main["rev_slot_content_model"]) == (
            value["rev_sha1"], value["rev_len"], value["rev_content_model"])


def check_tags_change(event):
    """No key; which tags there are, and were, sorted, each once; something changed, and nothing restricted is told."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    assert DT.match(value["rev_timestamp"]), value["rev_timestamp"]
    now, before = value["tags"], value["prior_state"]["tags"]
    assert now != before and [sorted(set(now)), sorted(set(before))] == [now, before], event
    assert not [tag for tag in now + before if tag.startswith("mw-private-")], event
    assert value.get("comment") != "" and value.get("rev_parent_id") != 0
    assert ("rev_sha1" in value) == ("rev_len" in value), event


# members of mediawiki.recentchange, by its type
RECENT = {"id", "type", "namespace", "title", "title_url", "comment", "timestamp", "user", "bot", "server_url", "server_name",
          "server_script_path", "wiki", "$schema", "meta"}
RECENT_EDIT = {"minor", "patrolled", "length", "revision"}
RECENT_LOG = {"log_id", "log_type", "log_action", "log_params"}
RECENT_OF = {"edit": RECENT | RECENT_EDIT, "new": RECENT | RECENT_EDIT, "log": RECENT | RECENT_LOG, "categorize": RECENT}


def check_recentchange(event):
    """No key; the members of its type; nothing of the suppression log."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    assert RECENT_OF[value["type"]] - {"log_params"} <= set(value) <= RECENT_OF[value["type"]], event
    assert value["title_url"] == value["meta"]["uri"] and "_" not in value["title"], event
    assert value.get("log_type") != "suppress", event
    assert isinstance(value["timestamp"], int) and value["timestamp"] > 1_000_000_000, event


def check_page_event(event):
    """No key; no value for what is not there; nothing of a suppression but the page."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    assert value.get("comment") != "" and value.get("rev_count") != 0
    assert value.get("prior_state", {}).get("page_id") != value["page_id"], event
    if event.stream == "mediawiki.page-suppress":
        assert not {"comment", "performer"} & set(value) and not value["page_is_redirect"], event


def check_visibility_change(event):
    """No key; hash and size by what is said to be visible, and no comment that is not."""
    value, visible = event.value, event.value["visibility"]
    assert event.key_bytes is None, event.key_bytes
    assert ("rev_sha1" in value) == ("rev_len" in value) == visible["text"], event
    assert visible["text"] or not value["page_is_redirect"], event
    assert visible["comment"] or "comment" not in value, event


def check_file_change(event):
    """Its key; what is hidden of a version is not there, and what is there is."""
    value, file = event.value, event.value["file"]
    assert json.dumps({"wiki_id": value["wiki_id"], "file_name": file["file_name"]},
                      separators=(",", ":"), ensure_ascii=False).encode() == event.key_bytes, event.key_bytes
    for version in [file] + [v for v in [value.get("prior_state", {}).get("file", {})] if "version" in v]:
        assert ("size" in version) == ("sha1" in version) == version["is_content_visible"], event


def check_wiki_change(event):
    """Its key, the domain of all its events, namespaces in order."""
    value, wiki = event.value, event.value["wiki"]
    assert json.dumps({"wiki_id": value["wiki_id"]}, separators=(",", ":")).encode() == event.key_bytes, event.key_bytes
    assert wiki["domain"] == value["meta"]["domain"] and event.stream in wiki["streams"], event
    numbers = [name["namespace_id"] for name in wiki["namespaces"]]
    assert numbers == sorted(numbers) and 0 in numbers, numbers


def check_page_restrictions_change(event):
    """No key; what one may do with every page is there, whether it is restricted or not."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    assert {"edit", "move"} <= set(value["page_restrictions"]), value
    assert ("upload" in value["page_restrictions"]) or value["page_namespace"] != 6, value


def check_page_properties_change(event):
    """No key, no performer; something changed, and what is in both has two values."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    added, removed = value.get("added_properties", {}), value.get("removed_properties", {})
    assert (added or removed) and "performer" not in value, value
    assert not [name for name in added if removed.get(name) == added[name]], value
    assert all(type(text) is str for text in [*added.values(), *removed.values()]), value


def check_page_links_change(event):
    """No key, no performer; something changed, and nothing is in both."""
    value = event.value
    assert event.key_bytes is None, event.key_bytes
    links = [(link["link"], link["external"]) for name in ("added_links", "removed_links") for link in value.get(name, [])]
    assert links and "performer" not in value, value
    assert len(links) == len(set(links)), value


def check_user_change(event):
    """Key, kinds; groups in order; of an account that is hidden nothing that names it."""
    value, user, prior = event.value, event.value["user"], event.value.get("prior_state", {}).get("user", {})
    assert json.dumps({"wiki_id": value["wiki_id"], "user_id": user["user_id"]},
                      separators=(",", ":")).encode() == event.key_bytes, event.key_bytes
    if event.kind == "groups_change":
        assert user["groups"] == sorted(user["groups"]) and prior["groups"] == sorted(prior["groups"])
        assert user["groups"] != prior["groups"]
    if event.user is None:
        assert "uri" not in value["meta"] and not {"performer", "comment"} & set(value) and "user_text" not in prior
        assert set(user) == {"groups", "wiki_id", "user_id", "is_bot"}
    elif event.kind == "rename":
        assert prior["user_text"] != event.user


def check_blocks_change(event):
    """No key; what it is now differs in something from what it was, or was set again."""
    assert event.key_bytes is None, event.key_bytes
    for blocks in [event.value["blocks"]] + [event.value[k]["blocks"] for k in ("prior_state",) if k in event.value]:
        assert not blocks["name"], "the name of an account that is hidden"
        assert not (blocks["sitewide"] and blocks["restrictions"])


LISTS = {"restrictions", "page_properties", "categories", "language_links", "interwiki_links", "templates", "files", "external_links", "links"}
TOMBSTONES = {"mediawiki.page.state.v1"}


def check_page_state(event):
    """Key; each list is there or said to be left out, in order and without doubles; what is hidden is not there."""
    value = event.value
    assert json.dumps({"wiki_id": value["wiki_id"], "page_id": value["page"]["page_id"]},
                      separators=(",", ":")).encode() == event.key_bytes, event.key_bytes
    assert LISTS & set(value) == LISTS - set(value["left_out"]), value["left_out"]
    for name in LISTS & set(value):
        texts = [json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode() for item in value[name]]
        assert texts == sorted(set(texts)), (name, texts)
    redaction(value["revision"], event)
    hidden = not value["revision"]["is_content_visible"]
    assert ("is_redirect" in value["page"]) != hidden and not (hidden and "redirect_page_link" in value["page"])
    assert not hidden or set(value["left_out"]) == LISTS - {"restrictions"}


CHECKS = {"mediawiki.page.state.v1": check_page_state, "mediawiki.page_change.v1": check_page_change, "mediawiki.page_content_change.v1": check_page_change, "mediawiki.revision-create": check_revision_create,
          "mediawiki.page-create": check_revision_create, "mediawiki.page-delete": check_page_event,
          "mediawiki.page-suppress": check_page_event, "mediawiki.page-undelete": check_page_event,
          "mediawiki.page-move": check_page_event, "mediawiki.revision-visibility-change": check_visibility_change,
          "mediawiki.revision-tags-change": check_tags_change, "mediawiki.recentchange": check_recentchange,
          "resource_change": check_resource, "resource-purge": check_resource,
          "mwmirror.file_change.v1": check_file_change, "mwmirror.wiki_change.v1": check_wiki_change,
          "mediawiki.page-properties-change": check_page_properties_change,
          "mediawiki.page-links-change": check_page_links_change,
          "mediawiki.page-restrictions-change": check_page_restrictions_change,
          "mediawiki.user_change.v1": check_user_change, "mediawiki.user-blocks-change": check_blocks_change}


def revisions(value):
    found = [value["revision"]]
    if "revision" in value.get("prior_state", {}):
        found.append(value["prior_state"]["revision"])
    return found


def redaction(revision, event):
    """What is said to be hidden is not there; what is said to be visible is."""
    assert ("comment" in revision) == revision["is_comment_visible"], event
    assert ("editor" in revision) == revision["is_editor_visible"], event
    hidden = not revision["is_content_visible"]
    assert ("rev_sha1" in revision) != hidden and ("rev_size" in revision) != hidden, event
    for slot in revision.get("content_slots", {}).values():
        assert ("content_sha1" in slot) != hidden and ("content_size" in slot) != hidden, event


class Normaliser:
    """Ids by order of appearance, clocks and counters by a word: what may differ between two runs."""

    IDS = {"page_id": "page", "rev_id": "rev", "rev_parent_id": "rev", "origin_rev_id": "rev",
           "rev_slot_origin_rev_id": "rev"}
    WORDS = {"dt": "CLOCK", "rev_dt": "CLOCK", "registration_dt": "CLOCK", "id": "UUID", "request_id": "UUID", "wiki_id": "WIKI",
             "edit_count": "COUNT", "domain": "DOMAIN", "rev_timestamp": "CLOCK", "user_registration_dt": "CLOCK",
             "database": "WIKI", "user_edit_count": "COUNT"}

    def __init__(self, article_path):
        self.article_path = article_path
        self.seen = {"page": {}, "rev": {}}

    def __call__(self, value, unknown_texts=False):
        value = copy.deepcopy(value)
        for path in ABSENT:
            part = value
            for name in path[:-1]:
                part = part.get(name, {})
            part.pop(path[-1], None)
        return self.walk(value, unknown_texts)

    def walk(self, node, unknown):
        if isinstance(node, list):
            return [self.walk(item, unknown) for item in node]
        if not isinstance(node, dict):
            return node
        # keys in the examples' order of importance do not matter: ids are numbered in sorted order of the paths
        return {name: self.leaf(name, node[name], unknown) for name in sorted(node)}

    def leaf(self, name, item, unknown):
        if name in self.IDS:
            seen = self.seen[self.IDS[name]]
            return "%s %d" % (self.IDS[name], seen.setdefault(item, len(seen) + 1))
        if name in self.WORDS:
            return self.WORDS[name]
        if name == "uri":
            assert item.startswith(self.article_path), item
            return item[len(self.article_path):]
        if unknown and name in ("rev_sha1", "content_sha1", "rev_slot_sha1"):
            return "SHA"
        return self.walk(item, unknown)


def has_unknown_text(value):
    return any(r.get("rev_sha1") in UNKNOWN_TEXTS for r in (revisions(value) if "revision" in value else [value]))


def key_order(value):
    """Names of all objects in the order in which they came, but for what the mirror leaves out."""
    if isinstance(value, dict):
        return [(k, key_order(v)) for k, v in value.items() if k != "parsedcomment"]
    return None
