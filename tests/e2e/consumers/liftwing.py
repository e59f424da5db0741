"""
Lift Wing: change propagation asks a model for each event that its rule matches; the model makes an event of it. ORES before it took
revision-create. See README.md.
"""

import re

from consumers import changeprop

ARTICLES = {"wiki_id": "/^(?!.*(?:commons|meta|sources|species|wikidata)).*wiki$/", "page_change_kind": "/^(edit|create|move)$/",
            "page": {"is_redirect": False, "namespace_id": 0}}
WIKIPEDIA = {"meta": {"domain": "/^(.*).wikipedia.org$/"}}

# by model: what its rule on mediawiki.page_change.v1 matches
MODELS = {
    "drafttopic": {"wiki_id": "enwiki", "page_change_kind": "/^(edit|create)$/"},
    "outlink-topic-model": ARTICLES,
    "article-country": ARTICLES,
    "revertrisk-language-agnostic": ARTICLES,
    "revertrisk-multilingual": {**ARTICLES, **WIKIPEDIA, "wiki_id": "/^(en|de|fr|test)wiki$/"},      # of its 47 wikis
    "revise-tone-task-generator": {"wiki_id": "/^(en|pt|fr|ar|test)wiki$/", "page_change_kind": "edit", **WIKIPEDIA, "page": ARTICLES["page"]},
    "revertrisk-wikidata": {"wiki_id": "wikidatawiki", "page_change_kind": "/^(edit|create|move)$/", "page": ARTICLES["page"],
                            "meta": {"domain": "www.wikidata.org"}},
}


def asked(value):
    """The models that are asked about an event of page_change."""
    return {name for name, match in MODELS.items()
            if changeprop.matches(match, value) and not changeprop.matches(changeprop.CANARY, value)}


def language(value):
    return re.match(r"(\w+)wiki", value["wiki_id"]).group(1)


def pick(of, names):
    return {name: of[name] for name in names.split() if name in of}


def revision_score(value):
    """Of page_change: what mediawiki/revision/score wants; a KeyError is a failure of the model."""
    assert value["$schema"].startswith("/mediawiki/page/change/1"), value["$schema"]
    page, revision, performer = value["page"], value["revision"], value["performer"]
    return {
        "dt": value["dt"], "meta": {name: value["meta"][name] for name in ("request_id", "domain", "uri")}, "database": value["wiki_id"],
        "page_id": page["page_id"], "page_title": page["page_title"], "page_namespace": page["namespace_id"],
        "page_is_redirect": page["is_redirect"], "rev_id": revision["rev_id"], "rev_timestamp": revision["rev_dt"],
        "performer": {"user_text": performer["user_text"], "user_groups": performer["groups"], "user_is_bot": performer["is_bot"]}}


USER = "edit_count groups is_bot is_system is_temp registration_dt user_central_id user_id user_text wiki_id"
PAGE = "page_id page_title is_redirect namespace_id namespace_is_content revision_count"
REVISION = ("rev_id rev_dt comment is_comment_visible is_content_visible is_editor_visible is_minor_edit rev_parent_id rev_sha1 "
            "rev_size")


def prediction(value):
    """Of page_change: what mediawiki/page/prediction_classification_change repeats of it."""
    assert value["page"]["page_id"] and value["page"]["page_title"] and value["revision"]["rev_id"] and value["revision"]["rev_dt"]
    found = pick(value, "changelog_kind page_change_kind dt wiki_id comment")
    found.update(page=pick(value["page"], PAGE), revision=pick(value["revision"], REVISION))
    if "editor" in value["revision"]:
        found["revision"]["editor"] = pick(value["revision"]["editor"], USER)
    if "performer" in value:
        found["performer"] = pick(value["performer"], USER)
    return found


def weighted_tags(value):
    """Of page_change: what mediawiki/cirrussearch/page_weighted_tags_change says of the page."""
    return {"dt": value["dt"], "wiki_id": value["wiki_id"],
            "page": {name: value["page"][name] for name in ("namespace_id", "page_id", "page_title")}}


def ores_score(value):
    """Of revision-create: what ORES's answer was made an event with."""
    found = {name: value[name] for name in ("database", "page_id", "page_title", "page_namespace", "page_is_redirect", "rev_id", "rev_timestamp")}
    found["meta"] = {name: value["meta"][name] for name in ("uri", "request_id", "domain")}
    found.update(pick(value, "performer rev_parent_id"))
    return found
