/*
 * plugin/entity/tables.c
 *	  The tables of MediaWiki that events need, by columns and keys, and the two of the mirror's own that are read.
 */
#include "plugin/entity/tables.h"

#define WIKI_COLUMN                                                                                \
	{                                                                                              \
		"wiki_id", COLUMN_TEXT                                                                     \
	}

/* clang-format off */
const table_description mirror_tables[] = {
	[TABLE_PAGE] = {"mediawiki.page",
		{WIKI_COLUMN, {"page_id", COLUMN_NUMBER}, {"page_namespace", COLUMN_NUMBER},
		 {"page_title", COLUMN_TEXT}, {"page_is_redirect", COLUMN_NUMBER},
		 {"page_latest", COLUMN_NUMBER}},
		{{PAGE_ID}, {PAGE_NAMESPACE, PAGE_TITLE}}},
	[TABLE_REVISION] = {"mediawiki.revision",
		{WIKI_COLUMN, {"rev_id", COLUMN_NUMBER}, {"rev_page", COLUMN_NUMBER},
		 {"rev_comment_id", COLUMN_NUMBER}, {"rev_actor", COLUMN_NUMBER},
		 {"rev_timestamp", COLUMN_TIME}, {"rev_minor_edit", COLUMN_NUMBER},
		 {"rev_deleted", COLUMN_NUMBER}, {"rev_len", COLUMN_NUMBER},
		 {"rev_parent_id", COLUMN_NUMBER}, {"rev_sha1", COLUMN_TEXT}},
		{{REV_ID}}},
	[TABLE_ARCHIVE] = {"mediawiki.archive",
		{WIKI_COLUMN, {"ar_rev_id", COLUMN_NUMBER}, {"ar_page_id", COLUMN_NUMBER},
		 {"ar_comment_id", COLUMN_NUMBER}, {"ar_actor", COLUMN_NUMBER},
		 {"ar_timestamp", COLUMN_TIME}, {"ar_minor_edit", COLUMN_NUMBER},
		 {"ar_deleted", COLUMN_NUMBER}, {"ar_len", COLUMN_NUMBER},
		 {"ar_parent_id", COLUMN_NUMBER}, {"ar_sha1", COLUMN_TEXT},
		 {"ar_namespace", COLUMN_NUMBER}, {"ar_title", COLUMN_TEXT}},
		{{AR_REV_ID}, {AR_PAGE_ID}}},
	[TABLE_SLOTS] = {"mediawiki.slots",
		{WIKI_COLUMN, {"slot_revision_id", COLUMN_NUMBER}, {"slot_role_id", COLUMN_NUMBER},
		 {"slot_content_id", COLUMN_NUMBER}, {"slot_origin", COLUMN_NUMBER}},
		{{SLOT_REVISION_ID, SLOT_ROLE_ID}, {SLOT_REVISION_ID}}},
	[TABLE_CONTENT] = {"mediawiki.content",
		{WIKI_COLUMN, {"content_id", COLUMN_NUMBER}, {"content_size", COLUMN_NUMBER},
		 {"content_sha1", COLUMN_TEXT}, {"content_model", COLUMN_NUMBER}},
		{{CONTENT_ID}}},
	[TABLE_CONTENT_MODELS] = {"mediawiki.content_models",
		{WIKI_COLUMN, {"model_id", COLUMN_NUMBER}, {"model_name", COLUMN_TEXT}},
		{{MODEL_ID}}},
	[TABLE_SLOT_ROLES] = {"mediawiki.slot_roles",
		{WIKI_COLUMN, {"role_id", COLUMN_NUMBER}, {"role_name", COLUMN_TEXT}},
		{{ROLE_ID}}},
	[TABLE_COMMENT] = {"mediawiki.comment",
		{WIKI_COLUMN, {"comment_id", COLUMN_NUMBER}, {"comment_text", COLUMN_TEXT}},
		{{COMMENT_ID}}},
	[TABLE_ACTOR] = {"mediawiki.actor",
		{WIKI_COLUMN, {"actor_id", COLUMN_NUMBER}, {"actor_user", COLUMN_NUMBER},
		 {"actor_name", COLUMN_TEXT}},
		{{ACTOR_ID}}},
	[TABLE_USER] = {"mediawiki.user",
		{WIKI_COLUMN, {"user_id", COLUMN_NUMBER}, {"user_registration", COLUMN_TIME},
		 {"user_editcount", COLUMN_NUMBER}, {"user_is_temp", COLUMN_NUMBER},
		 {"user_is_system", COLUMN_NUMBER}},
		{{USER_ID}}},
	[TABLE_USER_GROUPS] = {"mediawiki.user_groups",
		{WIKI_COLUMN, {"ug_user", COLUMN_NUMBER}, {"ug_group", COLUMN_TEXT},
		 {"ug_expiry", COLUMN_TIME}},
		{{UG_USER, UG_GROUP}, {UG_USER}}},
	[TABLE_REDIRECT] = {"mediawiki.redirect",
		{WIKI_COLUMN, {"rd_from", COLUMN_NUMBER}, {"rd_namespace", COLUMN_NUMBER},
		 {"rd_title", COLUMN_TEXT}, {"rd_interwiki", COLUMN_TEXT}},
		{{RD_FROM}}},
	[TABLE_LOGGING] = {"mediawiki.logging",
		{WIKI_COLUMN, {"log_id", COLUMN_NUMBER}, {"log_type", COLUMN_TEXT},
		 {"log_action", COLUMN_TEXT}, {"log_timestamp", COLUMN_TIME},
		 {"log_actor", COLUMN_NUMBER}, {"log_namespace", COLUMN_NUMBER},
		 {"log_title", COLUMN_TEXT}, {"log_page", COLUMN_NUMBER},
		 {"log_comment_id", COLUMN_NUMBER}, {"log_deleted", COLUMN_NUMBER}},
		{{LOG_ID}, {LOG_PAGE}, {LOG_NAMESPACE, LOG_TITLE}}},
	[TABLE_WIKI] = {"mwmirror.wiki",
		{WIKI_COLUMN, {"domain", COLUMN_TEXT}, {"canonical_server", COLUMN_TEXT},
		 {"article_path", COLUMN_TEXT}, {"autoconfirm_age", COLUMN_NUMBER},
		 {"autoconfirm_count", COLUMN_NUMBER}, {"temp_accounts", COLUMN_NUMBER},
		 {"bot_groups", COLUMN_TEXTS}},
		{{0}}, true},
	[TABLE_WIKI_NAMESPACE] = {"mwmirror.wiki_namespace",
		{WIKI_COLUMN, {"namespace_id", COLUMN_NUMBER}, {"namespace_name", COLUMN_TEXT}},
		{{NAMESPACE_ID}}, true},
};
/* clang-format on */

const int mirror_table_count = lengthof(mirror_tables);
