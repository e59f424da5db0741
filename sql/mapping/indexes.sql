/*
 * sql/mapping/indexes.sql
 *	  Index sets of the mirror: what is in sql/tables, and what queries of the views want besides. tests/sql_check compares the first with the catalog.
 *
 * replica has MediaWiki's own indexes (1.43) and those that Wikimedia adds to its replicas (index-conf.yaml of operations-puppet), of tables and columns
 * that views show, but for those that begin as another one does and narrow it little. Every index begins with wiki_id, unless its reason says why not.
 *
 * Not taken over, as each edit would pay: indexes of page_len and page_latest (an edit would write all indexes of page anew: no HOT updates), rev_page with rev_actor,
 * templates and files by the namespace of the page that uses them, rc_namespace with rc_actor or rc_patrolled, log_actor with log_type. Nor what may be longer than an index entry
 * may be, 2,700 bytes (el_to_path, pp_value, comment_text): a row that cannot be indexed cannot be mirrored.
 */

INSERT INTO mwmirror.mirror_index (index_name, table_name, index_set, definition, reason)
SELECT name, of_table, 'minimal', definition, reason
FROM (VALUES
	('actor_name', 'actor', 'btree (wiki_id, actor_name)', 'a name to its actor: the first step to all that somebody did'),
	('page_name_title', 'page', 'btree (wiki_id, page_namespace, page_title)', 'a title to its page'),
	('rev_page_timestamp', 'revision', 'btree (wiki_id, rev_page, rev_timestamp)', 'a page''s history in order'),
	('ar_revid', 'archive', 'btree (wiki_id, ar_rev_id)', 'a deleted revision'),
	('ar_page_id', 'archive', 'btree (wiki_id, ar_page_id)', 'revisions of a deleted page'),
	('rd_ns_title', 'redirect', 'btree (wiki_id, rd_namespace, rd_title)', 'a page''s redirects'),
	('pr_due', 'page_restrictions', 'btree (pr_expiry, wiki_id) WHERE pr_expiry < ''infinity'' AND (ended_at IS NULL OR ended_at < pr_expiry)', 'protection that ends, of all wikis, by follow'),
	('pr_pagetype', 'page_restrictions', 'btree (wiki_id, pr_page, pr_type)', 'a page''s protection'),
	('lt_namespace_title', 'linktarget', 'btree (wiki_id, lt_namespace, lt_title, lt_id)', 'a title to its id, without the table, the first step of every "what links here"; of two ids the mirror''s own, of links by title, comes first'),
	('pl_target_id', 'pagelinks', 'btree (wiki_id, pl_target_id, pl_from)', 'what links here'),
	('tl_target_id', 'templatelinks', 'btree (wiki_id, tl_target_id, tl_from)', 'where a template is used'),
	('il_target_id', 'imagelinks', 'btree (wiki_id, il_target_id, il_from)', 'where a file is used'),
	('cl_target_id', 'categorylinks', 'btree (wiki_id, cl_target_id, cl_type, cl_from)', 'members of a category'),
	('el_from', 'externallinks', 'btree (wiki_id, el_from)', 'links of a page to other sites'),
	('exl_target_id', 'existencelinks', 'btree (wiki_id, exl_target_id, exl_from)', 'where it matters whether a page is there'),
	('bt_user', 'block_target', 'btree (wiki_id, bt_user)', 'blocks of an account, of which one may hide it'),
	('bt_address', 'block_target', 'btree (wiki_id, bt_address)', 'blocks of an address'),
	('bl_target', 'block', 'btree (wiki_id, bl_target)', 'blocks of a target'),
	('bl_hides', 'block', 'btree (wiki_id, bl_target) WHERE bl_deleted', 'blocks that hide an account: views ask of every account and block whether there is one'),
	('bl_due', 'block', 'btree (bl_expiry, wiki_id) WHERE bl_expiry < ''infinity'' AND (ended_at IS NULL OR ended_at < bl_expiry)', 'blocks that end, of all wikis, by follow'),
	('oldimage_match', 'oldimage', 'btree (wiki_id, oi_name, oi_timestamp)', 'versions of a file; and whole rows, of a table without a key'),
	('file_name', 'file', 'btree (wiki_id, file_name)', 'a title to its file'),
	('fr_file', 'filerevision', 'btree (wiki_id, fr_file)', 'versions of a file'),
	('user_name', 'user', 'btree (wiki_id, user_name)', 'a name to its account'),
	('ug_due', 'user_groups', 'btree (ug_expiry, wiki_id) WHERE ug_expiry < ''infinity'' AND (ended_at IS NULL OR ended_at < ug_expiry)', 'memberships that end, of all wikis, by follow'),
	('user_newtalk_match', 'user_newtalk', 'btree (wiki_id, user_id, user_ip)', 'whole rows, of a table without a key'),
	('ct_rev_tag_id', 'change_tag', 'btree (wiki_id, ct_rev_id, ct_tag_id)', 'tags of a revision'),
	('rc_timestamp', 'recentchanges', 'btree (wiki_id, rc_timestamp)', 'the newest changes, and what a cleaning job removes')
) AS t (name, of_table, definition, reason);

INSERT INTO mwmirror.mirror_index (index_name, table_name, definition, reason)
VALUES
	/* ---- revisions and pages ---- */
	('rev_timestamp', 'revision', 'btree (wiki_id, rev_timestamp)', 'edits of a time, the newest edits'),
	('rev_actor_timestamp', 'revision', 'btree (wiki_id, %{rev_actor}, rev_timestamp, rev_id) INCLUDE (rev_deleted, rev_actor)',
		'edits of somebody, in order; how many, and when, without the table: for that PostgreSQL wants the columns of the expression, too'),
	('rev_comment_id', 'revision', 'btree (wiki_id, %{rev_comment_id})', 'edits with a summary; and whether a summary is to be seen'),
	('rev_timestamp_all', 'revision', 'brin (rev_timestamp) WITH (autosummarize = on)', 'edits of a time on all wikis, without wiki_id; a summary of each megabyte, which costs a row next to nothing'),
	('ar_name_title_timestamp', 'archive', 'btree (wiki_id, %{ar_namespace}, %{ar_title}, ar_timestamp)', 'deleted revisions of a title'),
	('ar_actor_timestamp', 'archive', 'btree (wiki_id, %{ar_actor}, ar_timestamp)', 'deleted edits of somebody'),
	('page_id_title', 'page', 'btree (wiki_id, page_id) INCLUDE (page_namespace, page_title, page_is_redirect)',
		'titles of the pages that links, revisions and members name, without the table; an edit changes none of it'),
	('page_random', 'page', 'btree (wiki_id, page_random)', 'a random page, or a sample'),
	('pp_propname_sortkey_page', 'page_props', 'btree (wiki_id, pp_propname, pp_sortkey, pp_page)', 'pages with a property, by its number'),
	('pp_wikibase_item', 'page_props', 'hash (pp_value) WHERE pp_propname = ''wikibase_item''', 'the page of a Wikidata item, on this wiki or all; of long values, too'),
	('pr_typelevel', 'page_restrictions', 'btree (wiki_id, pr_type, pr_level)', 'pages with a kind of protection'),
	('pt_reason_id', 'protected_titles', 'btree (wiki_id, pt_reason_id)', 'titles that are protected for a reason; and whether it is to be seen'),
	('slot_content_id', 'slots', 'btree (wiki_id, slot_content_id)', 'revisions with a content; and whether it is to be seen'),
	('ipc_hex_time', 'ip_changes', 'btree (wiki_id, ipc_hex, ipc_rev_timestamp)', 'edits of a range of addresses'),
	/* ---- links ---- */
	('pl_backlinks_namespace_target_id', 'pagelinks', 'btree (wiki_id, pl_from_namespace, pl_target_id)', 'how many pages of a namespace link to each title; many links are one entry, so it is small'),
	('cl_sortkey', 'categorylinks', 'btree (wiki_id, cl_target_id, cl_type, cl_sortkey, cl_from)', 'members of a category as the wiki sorts them'),
	('cl_timestamp', 'categorylinks', 'btree (wiki_id, cl_target_id, cl_timestamp)', 'what was put into a category last'),
	('cat_title', 'category', 'btree (wiki_id, cat_title)', 'how many members a category has'),
	('cat_pages', 'category', 'btree (wiki_id, cat_pages)', 'the largest categories'),
	('el_to_domain_index', 'externallinks', 'btree (wiki_id, el_to_domain_index)', 'links to a site, or to all of a domain'),
	('ll_lang', 'langlinks', 'btree (wiki_id, ll_lang, ll_title)', 'pages with a page in another language'),
	('iwl_prefix_title_from', 'iwlinks', 'btree (wiki_id, iwl_prefix, iwl_title, iwl_from)', 'pages that link to a page of another wiki'),
	/* ---- logs, recent changes and tags ---- */
	('log_times', 'logging', 'btree (wiki_id, log_timestamp)', 'log entries of a time'),
	('log_type_time', 'logging', 'btree (wiki_id, log_type, log_timestamp)', 'entries of a log'),
	('log_type_action', 'logging', 'btree (wiki_id, log_type, %{log_action}, log_timestamp)', 'entries of a log that tell of an action'),
	('log_actor_time', 'logging', 'btree (wiki_id, %{log_actor}, log_timestamp)', 'what somebody did'),
	('log_page_time', 'logging', 'btree (wiki_id, %{log_namespace}, %{log_title}, log_timestamp)', 'what was done to a title'),
	('log_page_id_time', 'logging', 'btree (wiki_id, %{log_page}, log_timestamp)', 'what was done to a page'),
	('log_comment_id', 'logging', 'btree (wiki_id, %{log_comment_id})', 'entries with a reason; and whether it is to be seen'),
	('log_times_all', 'logging', 'brin (log_timestamp) WITH (autosummarize = on)', 'log entries of a time on all wikis, without wiki_id'),
	('rc_namespace_title_timestamp', 'recentchanges', 'btree (wiki_id, %{rc_namespace}, %{rc_title}, rc_timestamp)', 'recent changes of a title'),
	('rc_cur_id', 'recentchanges', 'btree (wiki_id, %{rc_cur_id})', 'recent changes of a page'),
	('rc_new_name_timestamp', 'recentchanges', 'btree (wiki_id, rc_new, %{rc_namespace}, rc_timestamp)', 'new pages'),
	('rc_actor', 'recentchanges', 'btree (wiki_id, %{rc_actor}, rc_timestamp)', 'recent changes of somebody'),
	('rc_this_oldid', 'recentchanges', 'btree (wiki_id, rc_this_oldid)', 'the change that made a revision'),
	('rc_comment_id', 'recentchanges', 'btree (wiki_id, %{rc_comment_id})', 'changes with a summary; and whether it is to be seen'),
	('rc_timestamp_all', 'recentchanges', 'brin (rc_timestamp) WITH (autosummarize = on)', 'recent changes of a time on all wikis, without wiki_id'),
	('ct_tag_id_id', 'change_tag', 'btree (wiki_id, ct_tag_id, ct_rc_id, ct_rev_id, ct_log_id)', 'what has a tag'),
	('ct_rc_tag_id', 'change_tag', 'btree (wiki_id, ct_rc_id, ct_tag_id) WHERE ct_rc_id IS NOT NULL', 'tags of a recent change'),
	('ct_log_tag_id', 'change_tag', 'btree (wiki_id, ct_log_id, ct_tag_id) WHERE ct_log_id IS NOT NULL', 'tags of a log entry'),
	('ctd_name', 'change_tag_def', 'btree (wiki_id, ctd_name)', 'a tag''s name to its id'),
	/* ---- accounts and blocks ---- */
	('actor_user', 'actor', 'btree (wiki_id, actor_user)', 'an account to its actor; and whether it is to be seen'),
	('user_registration_all', 'user', 'brin (user_registration) WITH (autosummarize = on)', 'accounts that are new, of one wiki or all, without wiki_id'),
	('ug_group', 'user_groups', 'btree (wiki_id, ug_group)', 'members of a group'),
	('up_property', 'user_properties', 'btree (wiki_id, up_property)', 'who has set a preference'),
	('bl_timestamp', 'block', 'btree (wiki_id, bl_timestamp)', 'the newest blocks'),
	('bl_expiry', 'block', 'btree (wiki_id, bl_expiry)', 'blocks that end'),
	('bl_by_actor', 'block', 'btree (wiki_id, bl_by_actor)', 'blocks that somebody has set; and whether his name is to be seen'),
	('bl_reason_id', 'block', 'btree (wiki_id, bl_reason_id)', 'blocks for a reason; and whether it is to be seen'),
	('bt_range', 'block_target', 'btree (wiki_id, bt_range_start, bt_range_end)', 'blocks of a range of addresses'),
	('ir_type_value', 'ipblocks_restrictions', 'btree (wiki_id, ir_type, ir_value)', 'blocks from a page or namespace'),
	/* ---- files ---- */
	('img_actor_timestamp', 'image', 'btree (wiki_id, img_actor, img_timestamp)', 'files of an uploader'),
	('img_timestamp', 'image', 'btree (wiki_id, img_timestamp)', 'the newest files'),
	('img_size', 'image', 'btree (wiki_id, img_size)', 'the largest files'),
	('img_sha1', 'image', 'btree (wiki_id, img_sha1)', 'files of the same bytes'),
	('img_media_mime', 'image', 'btree (wiki_id, img_media_type, img_major_mime, img_minor_mime)', 'files of a type'),
	('img_description_id', 'image', 'btree (wiki_id, img_description_id)', 'files with a summary; and whether it is to be seen'),
	('oi_actor_timestamp', 'oldimage', 'btree (wiki_id, %{oi_actor}, oi_timestamp)', 'older versions of an uploader'),
	('oi_timestamp', 'oldimage', 'btree (wiki_id, oi_timestamp)', 'older versions of a time'),
	('oi_sha1', 'oldimage', 'btree (wiki_id, %{oi_sha1})', 'older versions of the same bytes'),
	('oi_description_id', 'oldimage', 'btree (wiki_id, %{oi_description_id})', 'older versions with a summary; and whether it is to be seen'),
	('fa_name', 'filearchive', 'btree (wiki_id, %{fa_name}, fa_timestamp)', 'deleted versions of a file'),
	('fa_deleted_timestamp', 'filearchive', 'btree (wiki_id, fa_deleted_timestamp)', 'what was deleted last'),
	('fa_actor_timestamp', 'filearchive', 'btree (wiki_id, %{fa_actor}, fa_timestamp)', 'deleted versions of an uploader'),
	('fa_sha1', 'filearchive', 'btree (wiki_id, %{fa_sha1})', 'deleted versions of the same bytes'),
	('fa_description_id', 'filearchive', 'btree (wiki_id, %{fa_description_id})', 'deleted versions with a summary; and whether it is to be seen'),
	('fa_deleted_reason_id', 'filearchive', 'btree (wiki_id, %{fa_deleted_reason_id})', 'deletions for a reason; and whether it is to be seen'),
	('fr_actor_timestamp', 'filerevision', 'btree (wiki_id, %{fr_actor}, fr_timestamp)', 'versions of an uploader'),
	('fr_timestamp', 'filerevision', 'btree (wiki_id, fr_timestamp)', 'the newest versions'),
	('fr_sha1', 'filerevision', 'btree (wiki_id, %{fr_sha1})', 'versions of the same bytes'),
	('fr_description_id', 'filerevision', 'btree (wiki_id, %{fr_description_id})', 'versions with a summary; and whether it is to be seen');

INSERT INTO mwmirror.mirror_index (index_name, table_name, definition, needs_extension, reason)
VALUES
	('page_title_part', 'page', 'gin (page_title mysql_compat.title_trgm_ops)', 'mwmirror_mysql_compat', 'titles with a part (LIKE ''%part%''), of all wikis at once'),
	('actor_name_part', 'actor', 'gin (actor_name mysql_compat.title_trgm_ops)', 'mwmirror_mysql_compat', 'names with a part (LIKE ''%bot''), of all wikis at once');
