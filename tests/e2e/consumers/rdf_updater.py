"""
The streaming updater of the Wikidata Query Service: events of entities in, operations on the triples of entities out. See README.md.

It reads page_change, or revision-create, page-delete, page-undelete and page-suppress. Per entity it puts in order what comes within a
window, by revision and event time, and decides by the last revision it knows.
"""

import datetime

KINDS = {"create": "revision", "edit": "revision", "move": "revision", "undelete": "undelete", "delete": "delete"}
OLDER = {"mediawiki.revision-create": "revision", "mediawiki.page-delete": "delete", "mediawiki.page-suppress": "delete",
         "mediawiki.page-undelete": "undelete"}
PREFIXES = ("Property:", "Item:", "Lexeme:")
WINDOW, LATENESS = datetime.timedelta(seconds=60), datetime.timedelta(seconds=60)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def entity(title):
    for prefix in PREFIXES:
        if title.startswith(prefix):
            return title[len(prefix):]
    return title


class Input:
    """An event that is about an entity: its id, when, which revision, after which one, what happened."""

    def __init__(self, value, item, when, revision, parent, what):
        meta = value["meta"]
        self.item, self.when, self.revision, self.parent, self.what = item, moment(when), revision, parent, what
        self.request_id = meta["request_id"]        # the parts of an operation are compared by it
        assert meta["id"] and moment(meta["dt"]) and meta["stream"] and value["$schema"]

    def __repr__(self):
        return "<%s %s %d>" % (self.what, self.item, self.revision)


def of_page_change(value, host, namespaces, models):
    """What it makes of an event of page_change, or None."""
    page, revision = value["page"], value["revision"]
    if value["meta"]["domain"] != host or value["page_change_kind"] not in KINDS or page["namespace_id"] not in namespaces:
        return None
    slots = revision.get("content_slots")
    if slots is None:
        if value["page_change_kind"] != "delete":       # a deletion that was suppressed has none
            return None
    elif "main" not in slots or slots["main"]["content_model"] not in models:
        return None
    return Input(value, entity(page["page_title"]), value["dt"], revision["rev_id"], revision.get("rev_parent_id"),
                 KINDS[value["page_change_kind"]])


def of_older(value, host, namespaces):
    """What it makes of an event of the older streams, or None. Their time is when they were sent."""
    if value["meta"]["domain"] != host or value["page_namespace"] not in namespaces:
        return None
    assert value["page_id"]
    return Input(value, entity(value["page_title"]), value["meta"]["dt"], value["rev_id"], value.get("rev_parent_id"),
                 OLDER[value["meta"]["stream"]])


def late(inputs):
    """Events that come when their window is over, in the order in which a topic has them."""
    found, newest = [], None
    for one in inputs:
        if newest is not None and one.when + WINDOW < newest - LATENESS:
            found.append(one)
        newest = one.when if newest is None else max(newest, one.when)
    return found


def in_order(inputs):
    """As the window puts them, if all come within one."""
    return sorted(inputs, key=lambda one: (one.item, one.revision, one.when))


def operations(inputs):
    """What is done with each entity, in order: [(operation, entity, revision)]; ignored is what it reports as inconsistent."""
    state, found = {}, []

    def done(operation, one, known):
        state[one.item] = known
        found.append((operation, one.item, one.revision))
    for one in inputs:
        revision, exists = state.get(one.item, (None, None))
        if one.what == "revision" and revision is None:
            done("import", one, (one.revision, True))
        elif one.what == "revision" and exists and revision < one.revision:
            done("diff", one, (one.revision, True))
        elif one.what == "delete" and exists and revision <= one.revision:
            done("delete", one, (one.revision, False))
        elif one.what == "undelete" and (revision is None or not exists and revision == one.revision):
            done("import", one, (one.revision, True))
        else:
            found.append(("ignored", one.item, one.revision))
    return found
