"""
Which fields of events may be hidden, as data: every field that a stream's schema has is in one of these tables, by its last
name, and each that may be hidden must have told a canary while that was public (test_redaction.py). So a new stream,
or a new field, fails until a route hides canaries of it.

A field's path: names with dots between; [] an element of a list, * a name that is itself a value.
"""

import functools
import glob
import json
import os

import schemas

# what may be hidden, in texts of any kind, hashes and sizes
HIDEABLE = {
    "comment", "reason",                                                    # summaries, reasons in logs
    "user", "user_text",                                                    # names
    "page_title", "title", "title_url", "uri", "link",                      # titles, and what texts link to
    "rev_sha1", "rev_size", "rev_len", "content_sha1", "content_size", "rev_slot_sha1", "rev_slot_size", "old", "new",  # of texts
    "content_body",
    "file_name", "archive_name", "sha1", "size",                            # of files
    "tags.[]",                                                              # restricted ones
    "page_properties.*", "external_links.[]", "fragment", "sortkey", "sortkey_prefix",  # of a page's document
    "added_properties.*", "removed_properties.*", "log_params.*",
}
# what a hidden text or file gives away in few words: canary.FACTS, events.CHECKS and pg_regress look after these
FACTS = {"page_is_redirect", "is_redirect", "rev_content_changed", "width", "height", "media_type", "mime"}
# ids, times, kinds, states of pages and accounts that nothing hides, names of wikis
PLAIN = {
    "$schema", "stream", "id", "request_id", "dt", "domain", "database", "wiki", "wiki_id", "server_url", "server_name", "server_script_path",
    "changelog_kind", "page_change_kind", "file_change_kind", "user_change_kind", "type", "version", "version_count",
    "page_id", "namespace_id", "page_namespace", "namespace", "interwiki_prefix", "revision_count", "rev_count",
    "rev_id", "rev_dt", "rev_timestamp", "rev_parent_id", "is_minor_edit", "rev_minor_edit", "minor", "timestamp", "patrolled",
    "content_format", "content_model", "slot_role", "origin_rev_id", "rev_content_model", "rev_content_format",
    "rev_slot_content_model", "rev_slot_origin_rev_id", "external", "page_restrictions.*",
    "is_comment_visible", "is_content_visible", "is_editor_visible", "text", "visibility.comment", "visibility.user", "upload_dt",
    "user_id", "user_central_id", "groups.[]", "user_groups.[]", "is_bot", "bot", "user_is_bot", "is_system", "is_temp",
    "registration_dt", "user_registration_dt", "first_registration_dt", "edit_count", "user_edit_count", "is_autocreate",
    "log_id", "log_type", "log_action",
    "blocks.name", "email", "user_talk", "account_create", "sitewide", "restrictions.[].type", "restrictions.[].value", "expiry_dt",
    "revision.old", "revision.new",     # ids, of recentchange
    "left_out.[]", "lang", "restrictions.[].level", "is_cascading",     # of a page's document
    # settings of public wikis, which their siteinfo says
    "canonical_server", "article_path", "script_path", "language", "generator", "temp_accounts", "local_central_ids", "autoconfirm_age",
    "autoconfirm_count", "bot_groups.[]", "namespace_name", "male_name", "female_name", "streams.[]",
}
# What schemas have and no event says: it must not appear. A path, or its end, in all streams.
UNSAID = {
    "chronology_id", "parsedcomment", "log_action_comment", "notify_url", "triggered_by",
    "root_event.dt", "root_event.signature", "rev_is_revert", "edit_count_global", "edit_global_count", "first_edit_dt",
    "prior_state.page_restrictions.*", "created_redirect_page.revision_count", "prior_state.page.revision_count",
    "prior_state.page.is_redirect", "rev_is_exact_revert", "rev_original_rev_id", "rev_revert_method", "rev_reverted_revs.[]",
}
# likewise, of one stream
UNSAID_OF = {
    "mediawiki.page_change.v1": {"content_body"}, "mediawiki.page_change.private.v1": {"content_body"},
    "mediawiki.page_content_change.v1": {"prior_state.revision.content_slots.*.content_body"},
    "mediawiki.page-suppress": {"comment", "performer.user_text"},       # of the suppression log
    "mediawiki.page-links-change": {"performer.user_text"},             # not in the rows
    "mediawiki.page-properties-change": {"performer.user_text"},
}
# what may be hidden elsewhere, but says always the same here, or in hexadecimal, which is not looked into
PLAIN_OF = {"mediawiki.page.state.v1": {"sortkey"}, "resource_change": {"tags.[]"}, "resource-purge": {"tags.[]"}}
# Of the state streams of what everyone may read, by table: what may be hidden, and the rest. Ids are not looked for; pg_regress (public) and
# test_state_fold.py look after them.
STATES = {
    "archive": ("ar_title ar_len ar_sha1 user.user_name slots.*.content_size slots.*.content_sha1",
                "ar_id ar_namespace ar_comment_id ar_actor ar_timestamp ar_minor_edit ar_rev_id ar_deleted ar_page_id ar_parent_id user.actor_id user.user_id"
                " slots.*.slot_content_id slots.*.slot_origin slots.*.content_model"),
    "block": ("comment blocked.bt_user_text",
              "bl_id bl_target bl_by_actor bl_reason_id bl_timestamp bl_anon_only bl_create_account bl_enable_autoblock bl_expiry bl_deleted bl_block_email"
              " bl_allow_usertalk bl_parent_block_id bl_sitewide blocked.bt_id blocked.bt_address blocked.bt_user blocked.bt_auto blocked.bt_range_start"
              " blocked.bt_range_end"),
    "category": ("cat_title", "cat_id cat_pages cat_subcats cat_files"),
    "categorylinks": ("target.title cl_sortkey cl_sortkey_prefix", "cl_from cl_target_id cl_timestamp cl_collation_id cl_type target.namespace"),
    "change_tag": ("tag", "ct_id ct_rc_id ct_log_id ct_rev_id ct_params ct_tag_id"),
    "change_tag_def": ("ctd_name", "ctd_id ctd_user_defined ctd_count"),
    "collation": ("", "collation_id collation_name"),
    "content_models": ("", "model_id model_name"),
    "existencelinks": ("", "exl_from exl_target_id target.namespace target.title"),
    "externallinks": ("el_to_domain_index el_to_path", "el_id el_from"),
    "filearchive": ("fa_name fa_archive_name fa_size fa_metadata fa_sha1 deleted_reason comment user.user_name",
                    "fa_id fa_storage_group fa_deleted_user fa_deleted_timestamp fa_deleted_reason_id fa_width fa_height fa_bits fa_media_type fa_major_mime"
                    " fa_minor_mime fa_description_id fa_actor fa_timestamp fa_deleted user.actor_id user.user_id"),
    "file": ("", "file_id file_name file_latest file_type file_deleted"),
    "filerevision": ("", "fr_id fr_file fr_size fr_width fr_height fr_metadata fr_bits fr_description_id fr_actor fr_timestamp fr_sha1 fr_archive_name"
                     " fr_deleted comment user.actor_id user.user_id user.user_name"),
    "filetypes": ("", "ft_id ft_media_type ft_major_mime ft_minor_mime"),
    "image": ("img_name img_size img_metadata img_sha1 comment",
              "img_width img_height img_bits img_media_type img_major_mime img_minor_mime img_description_id img_actor img_timestamp"),
    "imagelinks": ("target.title", "il_from il_target_id il_from_namespace target.namespace"),
    "interwiki": ("", "iw_prefix iw_url iw_api iw_wikiid iw_local iw_trans"),
    "ipblocks_restrictions": ("", "ir_ipb_id ir_type ir_value"),
    "iwlinks": ("iwl_title", "iwl_from iwl_prefix"),
    "langlinks": ("ll_title", "ll_from ll_lang"),
    "logging": ("log_title log_params comment user.user_name",
                "log_id log_type log_action log_timestamp log_actor log_namespace log_page log_params.* log_comment_id log_deleted user.actor_id user.user_id"),
    "page": ("page_title page_len",
             "page_id page_namespace page_is_redirect page_is_new page_random page_touched page_links_updated page_latest page_content_model page_lang"),
    "page_props": ("pp_value", "pp_page pp_propname pp_sortkey"),
    "page_restrictions": ("", "pr_id pr_page pr_type pr_level pr_cascade pr_expiry"),
    "pagelinks": ("target.title", "pl_from pl_target_id pl_from_namespace target.namespace"),
    "protected_titles": ("pt_title comment", "pt_namespace pt_user pt_reason_id pt_timestamp pt_expiry pt_create_perm"),
    "redirect": ("rd_title rd_fragment", "rd_from rd_namespace rd_interwiki"),
    "revision": ("rev_len rev_sha1 comment user.user_name slots.*.content_size slots.*.content_sha1",
                 "rev_id rev_page rev_comment_id rev_actor rev_timestamp rev_minor_edit rev_deleted rev_parent_id user.actor_id user.user_id"
                 " slots.*.slot_content_id slots.*.slot_origin slots.*.content_model"),
    "site_identifiers": ("", "si_type si_key si_site"),
    "site_stats": ("", "ss_row_id ss_total_edits ss_good_articles ss_total_pages ss_users ss_active_users ss_images ss_temp_users ss_active_temp_users"),
    "sites": ("", "site_id site_global_key site_type site_group site_source site_language site_protocol site_domain site_data site_forward site_config"),
    "slot_roles": ("", "role_id role_name"),
    "templatelinks": ("target.title", "tl_from tl_target_id tl_from_namespace target.namespace"),
    "updatelog": ("", "ul_key ul_value"),
    "user": ("user_name user_real_name", "user_id user_registration user_editcount user_is_temp user_is_system"),
    "user_former_groups": ("", "ufg_user ufg_group"),
    "user_groups": ("", "ug_user ug_group ug_expiry"),
    "user_properties": ("up_value", "up_user up_property"),
}
STATE_META = {"$schema", "wiki_id", "meta.stream", "meta.id", "meta.request_id", "meta.dt", "meta.domain"}
# objects whose members' names are values, and below which all is of one kind
FREE = {"slots", "content_slots", "rev_slots", "page_restrictions", "added_properties", "removed_properties", "page_properties"}
ALL_BELOW = {"log_params"}


def step(path, name):
    """The path of a member, or of an element (None), of what has a path."""
    if path and path[-1] in ALL_BELOW or len(path) > 1 and path[-2] in ALL_BELOW:
        return path[:path.index("log_params") + 1] + ("*",)
    if name is None:
        return path + ("[]",)
    return path + ("*" if path and path[-1] in FREE else name,)


def leaves(node, path=()):
    """(path, value) of all values of JSON that hold no others."""
    if isinstance(node, dict):
        for name, item in node.items():
            yield from leaves(item, step(path, name))
    elif isinstance(node, list):
        for item in node:
            yield from leaves(item, step(path, None))
    elif node is not None:
        yield ".".join(path), node


def of_schema(node, path=()):
    """The paths of a schema."""
    members = dict(node.get("properties", {}))
    free = [node[name] for name in ("additionalProperties",) if isinstance(node.get(name), dict)]
    if path and path[-1] in ALL_BELOW or path and path[-1] in FREE and not members and not free:
        yield ".".join(path + ("*",))
    elif members or free:
        for name, item in members.items():
            yield from of_schema(item, step(path, name))
        for item in free:
            yield from of_schema(item, path + ("*",))
    elif isinstance(node.get("items"), dict):
        yield from of_schema(node["items"], step(path, None))
    else:
        yield ".".join(path)


@functools.lru_cache(None)
def schema_paths():
    """{$id: paths} of all schemas that events may name."""
    found = {}
    for path in glob.glob(os.path.join(schemas.DATA, "*.json")) + glob.glob(os.path.join(schemas.OWN, "**", "*.json"), recursive=True):
        with open(path) as file:
            schema = json.load(file)
        found[schema["$id"]] = set(of_schema(schema))
    return found


def ends(path, names):
    """True if the path, or its end, is one of the names."""
    parts = path.split(".")
    return any(".".join(parts[at:]) in names for at in range(len(parts)))


def kind(path):
    """HIDEABLE, FACTS, PLAIN or UNSAID: the longest name that fits decides. None: it is in no table."""
    parts = path.split(".")
    for at in range(len(parts)):
        for table in (UNSAID, PLAIN, FACTS, HIDEABLE):
            if ".".join(parts[at:]) in table:
                return table
    return None


def state_complaints(box, said, told):
    """What is wrong with the state streams that are on; said and told as in complaints()."""
    wrong = []
    for stream, table, schema in box.pg_rows("SELECT name, of_table, mwmirror.state_schema(name) FROM mwmirror.streams()"
                                             " WHERE enabled AND of_table IS NOT NULL AND NOT private"):
        if table not in STATES:
            wrong.append("state stream %s is not in canary_fields.py" % stream)
            continue
        hideable, plain = (set(paths.split()) for paths in STATES[table])
        paths = set(of_schema(schema)).union(*said.get(stream, {}).values())
        wrong += ["%s of %s is not in canary_fields.py" % (path, stream) for path in paths - hideable - plain - STATE_META]
        wrong += ["%s of %s is said to be hideable, and is not there" % (path, stream) for path in hideable - paths]
        wrong += ["%s of %s has told no canary while it was public" % (path, stream) for path in hideable - told.get(stream, set())]
    return sorted(wrong)


def complaints(said, told):
    """
    What is wrong. said: {stream: {$schema of its messages: paths in them}}; told: {stream: paths that told a canary, hidden later, while
    it was public}.
    """
    wrong = []
    for stream, by_schema in said.items():
        if stream.startswith("mwmirror.state."):
            continue
        unsaid = UNSAID_OF.get(stream, set())
        for schema, in_messages in by_schema.items():
            for path in schema_paths()[schema] | in_messages:
                found = kind(path)
                if found is None:
                    wrong.append("%s of %s is in no table of canary_fields.py" % (path, stream))
                elif (found is UNSAID or ends(path, unsaid)) and path in in_messages:
                    wrong.append("%s of %s is said, though canary_fields.py does not think so" % (path, stream))
        paths = set().union(*(schema_paths()[schema] for schema in by_schema), *by_schema.values())
        wrong += ["%s of %s has told no canary while it was public" % (path, stream) for path in paths
                  if kind(path) is HIDEABLE and path not in told.get(stream, ()) and not ends(path, unsaid | PLAIN_OF.get(stream, set()))]
    return sorted(set(wrong))
