"""
Change propagation: a rule is on topics, matches what an event says, and makes requests of it. See README.md.

A pattern is matched by member: objects likewise, each item of a list by some item, "/.../" is a regular expression that a text
must match somewhere, "undefined" what is not there, all else what is the same and of the same type.
"""

import datetime
import re
import urllib.parse

MISSING = object()
RELAXED = "!'()*-._~"       # what encodeURIComponent leaves as it is

PCS = "https://mobileapps/{{message.meta.domain}}/v1/page/"
ENDPOINTS = ("media-list", "mobile-html", "summary")
WIKIDATA = r"/\.wikidata\.org$/"
ENTITIES = [{"meta": {"domain": WIKIDATA}, "page_namespace": 0}, {"meta": {"domain": WIKIDATA}, "page_namespace": 120}]
CANARY = {"meta": {"domain": "canary"}}     # in match_not of every rule
PAGE_URI = r"/^https?:\/\/[^\/]+\/wiki\/(?<title>.+)$/"
PROTO_URI = r"/^(?<proto>https?):\/\/[^\/]+\/wiki\/(?<title>.+)$/"


def pcs(*paths):
    return [PCS + endpoint + path for endpoint in ENDPOINTS for path in paths]


def rule(topics, exec, match=None, match_not=()):
    return {"topics": topics.split(), "cases": [{"match": match or {}, "match_not": list(match_not), "exec": exec}]}


def cases(topics, *of):
    return {"topics": topics.split(), "cases": [one["cases"][0] for one in of]}


def rerender(match):
    """The requests of RESTBase's rules for Wikipedias."""
    rest = "https://{{message.meta.domain}}/api/rest_v1/page/%s/{decode(match.meta.uri.title)}"
    first = "{{match.meta.uri.proto}}" + rest[len("https"):]
    return rule("resource_change", [first % "html", rest % "summary", rest % "mobile-sections"], match)


RULES = {
    # a page's HTML on mobiles
    "pcs_rerender_native_on_null": rule("resource_change", pcs("/{decode(match.meta.uri.title)}"), {"meta": {"uri": PAGE_URI}}),
    "pcs_rerender_native_on_edit": rule("mediawiki.revision-create", pcs("/{message.page_title}"), {"rev_content_changed": True}),
    "pcs_rerender_native_on_visibility_change": rule(
        "mediawiki.revision-visibility-change", pcs("/{message.page_title}/{{message.rev_id}}", "/{message.page_title}")),
    "pcs_rerender_native_on_page_move": rule(
        "mediawiki.page-move", pcs("/{message.page_title}", "/{message.prior_state.page_title}")),
    "pcs_rerender_native_on_page_delete": rule("mediawiki.page-delete mediawiki.page-suppress", pcs("/{message.page_title}")),
    "pcs_rerender_native_page_images_summary": cases(
        "mediawiki.page-properties-change",
        *(rule("", [PCS + "summary/{message.page_title}"], {properties: {"page_image": "/.+/"}}, ENTITIES)
          for properties in ("added_properties", "removed_properties"))),
    # what is to be purged because RESTBase made it anew
    "generate_purge_varnish": rule(
        "resource_change", ["/sys/queue/events"], {"meta": {"uri": r"/^https?:\/\/[^\/]+\/api\/rest_v1\/(?<title>.+)$/"},
                                                   "tags": ["restbase"]}, [{"meta": {"domain": WIKIDATA}}]),
    # pages that use this one, or link to it
    "page_edit": rule(
        "mediawiki.revision-create", ["/sys/links/transcludes/{message.page_title}"], {"rev_content_changed": True},
        ENTITIES + [{"meta": {"domain": r"/wiktionary\.org$/"}, "page_namespace": 828}]),
    "page_delete": rule("mediawiki.page-delete mediawiki.page-suppress", ["/sys/links/backlinks/{message.page_title}"], None, ENTITIES),
    "page_restore": rule("mediawiki.page-undelete", ["/sys/links/backlinks/{message.page_title}"], None, ENTITIES),
    "page_create": rule("mediawiki.page-create", ["/sys/links/backlinks/{message.page_title}"], None, ENTITIES),
    # descriptions of Wikidata, which other wikis show
    "wikidata_description_on_edit": cases(
        "mediawiki.revision-create",
        rule("", ["/sys/links/wikidata_descriptions"], {
            "meta": {"domain": "www.wikidata.org"}, "page_namespace": 0, "comment": "/wbeditentity|wbsetdescription|undo|restore/",
            "rev_content_changed": True}),
        rule("", ["/sys/links/wikidata_descriptions"], {
            "meta": {"domain": "www.wikidata.org"}, "page_namespace": 0, "rev_is_revert": True})),
    "wikidata_description_on_undelete": rule(
        "mediawiki.page-undelete", ["/sys/links/wikidata_descriptions"],
        {"meta": {"domain": "www.wikidata.org"}, "page_namespace": 0}),
    # RESTBase's, by tags: the service's example configuration
    "mw_purge": rerender({"meta": {"uri": PROTO_URI, "domain": r"/.*\.wikipedia.org$/"}, "tags": ["purge"]}),
    "null_edit": rerender({"meta": {"uri": PROTO_URI, "domain": r"/.*\.wikipedia.org$/"}, "tags": ["null_edit"]}),
}


def is_regex(pattern):
    return isinstance(pattern, str) and re.match(r"^/.+/[gimuy]{0,5}$", pattern)


def matches(pattern, value, found=None):
    """Does the value match; what named groups of a regular expression took goes into found, by the place of the pattern."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            matches(pattern[name], value.get(name, MISSING), None if found is None else found.setdefault(name, {})) for name in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(matches(item, one) for one in value) for item in pattern)
    if is_regex(pattern):
        taken = isinstance(value, str) and re.search(pattern[1:pattern.rindex("/")].replace("(?<t", "(?P<t").replace("(?<p", "(?P<p"), value)
        if taken and found is not None:
            found.update(taken.groupdict())
        return bool(taken)
    if pattern == "undefined":
        return value is MISSING
    return type(value) is type(pattern) and value == pattern


def decode(text):
    """decodeURIComponent, which does not take everything."""
    assert re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text), text
    return urllib.parse.unquote(text, errors="strict")


def http_date(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def expand(template, context):
    """A template of an URI: {member} is encoded, {{member}} is not; a member that is not there is a fault here."""
    def member(name):
        node = context
        for part in name.split("."):
            node = node[part]
        return str(node)

    def replace(found):
        raw, call, name = found.group(1) == "{{", found.group(2), found.group(3)
        value = member(name)
        value = decode(value) if call == "decode" else http_date(value) if call == "date" else value
        return value if raw else urllib.parse.quote(value, safe=RELAXED)
    return re.sub(r"(\{\{?)(?:(\w+)\()?([\w.]+)\)?\}\}?", replace, template)


def requests(name, value):
    """The URIs that a rule requests of an event, or None; the first case that matches."""
    for case in RULES[name]["cases"]:
        found = {}
        if matches(case["match"], value, found) and not any(matches(one, value) for one in [CANARY] + case["match_not"]):
            check_context(value)
            return [expand(template, {"message": value, "match": found}) for template in case["exec"]]
    return None


def fired(value):
    """All rules that an event fires: [(rule, URIs)], in the order of the table."""
    found = [(name, requests(name, value)) for name in RULES if value["meta"]["stream"] in RULES[name]["topics"]]
    return [(name, uris) for name, uris in found if uris is not None]


def check_context(value):
    """What every event needs that fires a rule: for headers, for how old it is, and for the list of pages that are left out."""
    meta = value["meta"]
    triggered_by = "req:%s,%s:%s" % (meta["request_id"], meta["stream"], meta["uri"])
    assert triggered_by.isascii() and triggered_by.isprintable(), triggered_by
    assert http_date(meta["dt"]) and decode(meta["uri"])


def resource_change(value, title, tags):
    """The event that it makes for a page that uses the page of an event, or links to it."""
    meta = value["meta"]
    return {"$schema": "/resource_change/1.0.0", "meta": {
        "stream": "change-prop.transcludes.resource-change", "uri": "https://%s/wiki/%s" % (meta["domain"], urllib.parse.quote(title, safe=RELAXED)),
        "request_id": meta["request_id"], "domain": meta["domain"], "dt": meta["dt"]},
        "triggered_by": "req:%s,%s:%s" % (meta["request_id"], meta["stream"], meta["uri"]), "tags": tags,
        "root_event": {"signature": meta["uri"], "dt": meta["dt"]}}
