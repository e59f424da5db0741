/*
 * wire/names.c
 *	  The list of names; see names.h. The first 64 take one byte.
 */
#include "wire/names.h"

#include <string.h>

/* tables that others refer to, each with its columns, the most frequent first; then streams */
/* clang-format off */
static const char *const names[] = {
	"revision", "rev_id", "rev_page", "rev_comment_id", "rev_actor", "rev_timestamp", "rev_minor_edit", "rev_deleted",
	"rev_len", "rev_parent_id", "rev_sha1",
	"actor", "actor_id", "actor_user", "actor_name",
	"comment", "comment_id", "comment_hash", "comment_text", "comment_data",
	"slots", "slot_revision_id", "slot_role_id", "slot_content_id", "slot_origin",
	"content", "content_id", "content_size", "content_sha1", "content_model", "content_address",
	"content_models", "model_id", "model_name",
	"slot_roles", "role_id", "role_name",
	"page", "page_id", "page_namespace", "page_title", "page_is_redirect", "page_is_new", "page_random", "page_touched",
	"page_links_updated", "page_latest", "page_len", "page_content_model", "page_lang",
	"user", "user_id", "user_name", "user_real_name", "user_registration", "user_editcount", "user_is_temp",
	"user_is_system",
	"user_groups", "ug_user", "ug_group", "ug_expiry",
	"redirect", "rd_from", "rd_namespace", "rd_title", "rd_interwiki", "rd_fragment",
	"archive", "ar_id", "ar_namespace", "ar_title", "ar_comment_id", "ar_actor", "ar_timestamp", "ar_minor_edit",
	"ar_rev_id", "ar_deleted", "ar_len", "ar_page_id", "ar_parent_id", "ar_sha1",
	/* streams whose own references are left out while they are off */
	"mediawiki.recentchange", "mediawiki.revision-tags-change", "mediawiki.page-links-change",
	"mediawiki.page-properties-change", "mediawiki.page-restrictions-change", "mediawiki.user_change.v1",
	"mediawiki.page_content_change.v1", "mediawiki.page_content_change.private.v1",
	"content_body", "body", "body_status",
	"mwmirror.state.*",
	/* what pages are made of, for their documents */
	"mediawiki.page.state.v1", "mediawiki.page.state.private.v1",
	"linktarget", "lt_id", "lt_namespace", "lt_title", "pagelinks", "pl_from", "pl_target_id", "pl_from_namespace",
	"templatelinks", "tl_from", "tl_target_id", "tl_from_namespace", "imagelinks", "il_from", "il_target_id", "il_from_namespace",
	"categorylinks", "cl_from", "cl_target_id", "cl_sortkey", "cl_sortkey_prefix", "cl_timestamp", "cl_collation_id", "cl_type",
	"externallinks", "el_id", "el_from", "el_to_domain_index", "el_to_path", "langlinks", "ll_from", "ll_lang", "ll_title",
	"iwlinks", "iwl_from", "iwl_prefix", "iwl_title", "page_props", "pp_page", "pp_propname", "pp_value", "pp_sortkey",
	"page_restrictions", "pr_id", "pr_page", "pr_type", "pr_level", "pr_cascade", "pr_expiry", "ended_at",
};
/* clang-format on */

#define COUNT (sizeof(names) / sizeof(names[0]))

uint32_t
names_number(const char *name)
{
	for (uint32_t i = 0; i < COUNT; i++)
	{
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return NAMES_NONE;
}

const char *
names_get(uint32_t number)
{
	return number < COUNT ? names[number] : NULL;
}
