/*
 * sql/mapping/public.sql
 *	  What everyone may read of the mirror: Wikimedia's rules for its public replicas (maintain-views.yaml of operations-puppet, 2024-10), with what
 *	  they lack. Here only: state topics and views are made of these rows.
 *
 * "full view" and "view" are of that file; "beyond it" is what is stricter here, or said of a column that it does not know. Columns are always
 * listed, also of full views: a new one is hidden until it is here. tests/public_rules compares all of it with the file, table by table.
 *
 * Nothing is here of text (contents as they are stored), log_search, user_newtalk, watchlist, watchlist_expiry, bot_passwords and
 * user_autocreate_serial: they are hidden.
 */

/* ---- tables that are public as they are ---- */

INSERT INTO mwmirror.public_table (table_name, in_stream, reason)
SELECT name, true, 'full view ' || name
FROM unnest('{page,redirect,page_props,page_restrictions,content_models,slot_roles,pagelinks,templatelinks,imagelinks,categorylinks,category,
	externallinks,langlinks,iwlinks,user_groups,user_former_groups,ipblocks_restrictions,site_stats,interwiki,sites,site_identifiers,updatelog}'::text[]) AS name;

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal)
SELECT t.name, c.name, c.ordinal
FROM (VALUES
	('page', '{page_id,page_namespace,page_title,page_is_redirect,page_is_new,page_random,page_touched,page_links_updated,page_latest,page_len,page_content_model,page_lang}'::text[]),
	('redirect', '{rd_from,rd_namespace,rd_title,rd_interwiki,rd_fragment}'),
	('page_props', '{pp_page,pp_propname,pp_value,pp_sortkey}'),
	('page_restrictions', '{pr_id,pr_page,pr_type,pr_level,pr_cascade,pr_expiry}'),
	('content_models', '{model_id,model_name}'),
	('slot_roles', '{role_id,role_name}'),
	('pagelinks', '{pl_from,pl_target_id,pl_from_namespace}'),
	('templatelinks', '{tl_from,tl_target_id,tl_from_namespace}'),
	('imagelinks', '{il_from,il_target_id,il_from_namespace}'),
	('categorylinks', '{cl_from,cl_target_id,cl_sortkey,cl_sortkey_prefix,cl_timestamp,cl_collation_id,cl_type}'),
	('category', '{cat_id,cat_title,cat_pages,cat_subcats,cat_files}'),
	('externallinks', '{el_id,el_from,el_to_domain_index,el_to_path}'),
	('langlinks', '{ll_from,ll_lang,ll_title}'),
	('iwlinks', '{iwl_from,iwl_prefix,iwl_title}'),
	('existencelinks', '{exl_from,exl_target_id}'),
	('collation', '{collation_id,collation_name}'),
	('filetypes', '{ft_id,ft_media_type,ft_major_mime,ft_minor_mime}'),
	('user_groups', '{ug_user,ug_group,ug_expiry}'),
	('user_former_groups', '{ufg_user,ufg_group}'),
	('ipblocks_restrictions', '{ir_ipb_id,ir_type,ir_value}'),
	('site_stats', '{ss_row_id,ss_total_edits,ss_good_articles,ss_total_pages,ss_users,ss_active_users,ss_images,ss_temp_users,ss_active_temp_users}'),
	('interwiki', '{iw_prefix,iw_url,iw_api,iw_wikiid,iw_local,iw_trans}'),
	('sites', '{site_id,site_global_key,site_type,site_group,site_source,site_language,site_protocol,site_domain,site_data,site_forward,site_config}'),
	('site_identifiers', '{si_type,si_key,si_site}'),
	('updatelog', '{ul_key,ul_value}')
) AS t (name, columns), unnest(t.columns) WITH ORDINALITY AS c (name, ordinal);

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column)
VALUES
	('pagelinks', 'target', 4, 'target', 'pl_target_id'),
	('templatelinks', 'target', 4, 'target', 'tl_target_id'),
	('imagelinks', 'target', 4, 'target', 'il_target_id'),
	('categorylinks', 'target', 8, 'target', 'cl_target_id'),
	('existencelinks', 'target', 3, 'target', 'exl_target_id');

-- since MediaWiki 1.44 and 1.45, which the file does not know
INSERT INTO mwmirror.public_table (table_name, in_stream, reason)
VALUES
	('existencelinks', true, 'not in it: what the text of a page asks for, as pagelinks says what it links to'),
	('collation', true, 'not in it: what categorylinks said itself before'),
	('filetypes', true, 'not in it: types of files');

/* ---- pages, their revisions and what revisions are made of ---- */

INSERT INTO mwmirror.public_table (table_name, in_stream, bits_column, reason)
VALUES
	('revision', true, 'rev_deleted', 'view revision'),
	('archive', true, 'ar_deleted', 'view archive; beyond it: titles of what is hidden from administrators as well');
INSERT INTO mwmirror.public_table (table_name, in_stream, reason)
VALUES ('protected_titles', true, 'full view protected_titles');
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, hidden_by, hidden_as, reason)
VALUES
	('revision', 'rev_id', 1, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_page', 2, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_comment_id', 3, 'value', NULL, 2, NULL, NULL),
	('revision', 'rev_actor', 4, 'value', NULL, 4, NULL, NULL),
	('revision', 'rev_timestamp', 5, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_minor_edit', 6, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_deleted', 7, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_len', 8, 'value', NULL, 1, NULL, NULL),
	('revision', 'rev_parent_id', 9, 'value', NULL, 0, NULL, NULL),
	('revision', 'rev_sha1', 10, 'value', NULL, 1, NULL, NULL),
	('revision', 'comment', 11, 'comment', 'rev_comment_id', 2, NULL, NULL),
	('revision', 'user', 12, 'user', 'rev_actor', 4, NULL, NULL),
	('revision', 'slots', 13, 'slots', 'rev_id', 1, NULL, NULL),
	('archive', 'ar_id', 1, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_namespace', 2, 'value', NULL, 8, NULL, 'beyond it: the title tells whom or what it was of'),
	('archive', 'ar_title', 3, 'value', NULL, 8, NULL, 'beyond it: the log entry of such a deletion, with the title, is hidden as well'),
	('archive', 'ar_comment_id', 4, 'null', NULL, 0, NULL, NULL),
	('archive', 'ar_actor', 5, 'value', NULL, 4, '0', NULL),
	('archive', 'ar_timestamp', 6, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_minor_edit', 7, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_rev_id', 8, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_deleted', 9, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_len', 10, 'value', NULL, 1, NULL, NULL),
	('archive', 'ar_page_id', 11, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_parent_id', 12, 'value', NULL, 0, NULL, NULL),
	('archive', 'ar_sha1', 13, 'value', NULL, 1, NULL, NULL),
	('archive', 'user', 14, 'user', 'ar_actor', 4, NULL, NULL),
	('archive', 'slots', 15, 'slots', 'ar_rev_id', 1, NULL, NULL),
	('protected_titles', 'pt_namespace', 1, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_title', 2, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_user', 3, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_reason_id', 4, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_timestamp', 5, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_expiry', 6, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'pt_create_perm', 7, 'value', NULL, 0, NULL, NULL),
	('protected_titles', 'comment', 8, 'comment', 'pt_reason_id', 0, NULL, NULL);

/* ---- logs, recent changes and tags ---- */

-- log types that maintain-views.yaml allows: a type that is not here may tell of what is hidden
INSERT INTO mwmirror.public_table (table_name, in_stream, bits_column, row_column, row_rule, row_values, also_column, also_rule, also_values, reason)
SELECT t.name, t.in_stream, t.bits_column, t.row_column, 'one_of', allowed.types || t.others, t.also_column, 'none_like', '{%mw-private-%}', t.reason
FROM (VALUES
	('logging', true, 'log_deleted', 'log_type', '{}'::text[], 'log_params',
		'view logging, allowed_logtypes; beyond it: not entries whose parameters name tags that only some may see'),
	('recentchanges', false, 'rc_deleted', 'rc_log_type', ARRAY[''], 'rc_params',
		'view recentchanges; beyond it: of log entries only those that logging shows, nothing of what logging or revision hides, and not the title of what is hidden')
) AS t (name, in_stream, bits_column, row_column, others, also_column, reason),
	(VALUES ('{abusefilter,articlefeedbackv5,block,campus,close,contentmodel,course,create,delete,eparticle,gather,gblblock,gblrename,gblrights,globalauth,
	growthexperiments,gwtoolset,import,institution,instructor,interwiki,liquidthreads,lock,managetags,massmessage,merge,moodbar,move,mwoauthconsumer,newsletter,
	newusers,notifytranslators,online,pagelang,pagetranslation,pagetriage-copyvio,pagetriage-curation,pagetriage-deletion,patrol,protect,renameuser,review,rights,
	spamblacklist,stable,student,tag,thanks,timedmediahandler,translationreview,upload,usermerge}'::text[])) AS allowed (types);

INSERT INTO mwmirror.public_table (table_name, in_stream, row_column, row_rule, row_values, reason)
VALUES
	('change_tag', true, 'tag', 'none_like', '{mw-private-%}', 'full view change_tag; beyond it: not tags that only some may see'),
	('change_tag_def', true, 'ctd_name', 'none_like', '{mw-private-%}', 'full view change_tag_def; beyond it: not tags that only some may see');

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, hidden_by, hidden_as, reason)
VALUES
	('logging', 'log_id', 1, 'value', NULL, 0, NULL, NULL),
	('logging', 'log_type', 2, 'value', NULL, 0, NULL, NULL),
	('logging', 'log_action', 3, 'value', NULL, 1, NULL, NULL),
	('logging', 'log_timestamp', 4, 'value', NULL, 0, NULL, NULL),
	('logging', 'log_actor', 5, 'value', NULL, 4, '0', NULL),
	('logging', 'log_namespace', 6, 'value', NULL, 1, NULL, NULL),
	('logging', 'log_title', 7, 'value', NULL, 1, NULL, NULL),
	('logging', 'log_page', 8, 'value', NULL, 1, NULL, NULL),
	('logging', 'log_comment_id', 9, 'value', NULL, 2, '0', NULL),
	('logging', 'log_params', 10, 'value', NULL, 15, NULL, NULL),
	('logging', 'log_deleted', 11, 'value', NULL, 0, NULL, NULL),
	('logging', 'comment', 12, 'comment', 'log_comment_id', 2, NULL, NULL),
	('logging', 'user', 13, 'user', 'log_actor', 4, NULL, NULL),
	('recentchanges', 'rc_id', 1, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_timestamp', 2, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_actor', 3, 'value', NULL, 4, '0', NULL),
	('recentchanges', 'rc_namespace', 4, 'value', NULL, 1, NULL, 'beyond it: as log_namespace'),
	('recentchanges', 'rc_title', 5, 'value', NULL, 1, NULL, 'beyond it: as log_title'),
	('recentchanges', 'rc_comment_id', 6, 'value', NULL, 2, '0', NULL),
	('recentchanges', 'rc_minor', 7, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_bot', 8, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_new', 9, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_cur_id', 10, 'value', NULL, 1, NULL, 'beyond it: as log_page'),
	('recentchanges', 'rc_this_oldid', 11, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_last_oldid', 12, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_type', 13, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_source', 14, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_patrolled', 15, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_old_len', 16, 'value', NULL, 1, NULL, 'beyond it: as rev_len, of the revision before as well'),
	('recentchanges', 'rc_new_len', 17, 'value', NULL, 1, NULL, 'beyond it: as rev_len'),
	('recentchanges', 'rc_deleted', 18, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_logid', 19, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_log_type', 20, 'value', NULL, 0, NULL, NULL),
	('recentchanges', 'rc_log_action', 21, 'value', NULL, 1, NULL, 'beyond it: as log_action'),
	('recentchanges', 'rc_params', 22, 'value', NULL, 15, NULL, 'beyond it: as log_params'),
	('recentchanges', 'comment', 23, 'comment', 'rc_comment_id', 2, NULL, NULL),
	('recentchanges', 'user', 24, 'user', 'rc_actor', 4, NULL, NULL),
	('change_tag', 'ct_id', 1, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'ct_rc_id', 2, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'ct_log_id', 3, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'ct_rev_id', 4, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'ct_params', 5, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'ct_tag_id', 6, 'value', NULL, 0, NULL, NULL),
	('change_tag', 'tag', 7, 'tag', 'ct_tag_id', 0, NULL, NULL),
	('change_tag_def', 'ctd_id', 1, 'value', NULL, 0, NULL, NULL),
	('change_tag_def', 'ctd_name', 2, 'value', NULL, 0, NULL, NULL),
	('change_tag_def', 'ctd_user_defined', 3, 'value', NULL, 0, NULL, NULL),
	('change_tag_def', 'ctd_count', 4, 'value', NULL, 0, NULL, NULL);

-- MediaWiki copies bits of entries and revisions into recentchanges, but for what is hidden by other ways than its own, and before it is there
UPDATE mwmirror.public_table SET tells_of = '{{logging,log_id,rc_logid},{revision,rev_id,rc_this_oldid}}' WHERE table_name = 'recentchanges';
UPDATE mwmirror.public_column SET hidden_with = '{revision,rev_id,rc_last_oldid}' WHERE table_name = 'recentchanges' AND column_name = 'rc_old_len';

/* ---- accounts and blocks ---- */

INSERT INTO mwmirror.public_table (table_name, in_stream, row_column, row_rule, row_values, of_hidden_users, reason)
VALUES
	('user', true, NULL, NULL, NULL, 'user_id', 'view user'),
	('user_properties', true, 'up_property', 'one_of', '{disablemail,fancysig,gender,nickname}', 'up_user',
		'view user_properties; beyond it: not of hidden accounts, whose signatures have their names'),
	('block', true, 'bl_deleted', 'zero', NULL, 'blocked', 'view block; beyond it: no block of a target that another one hides');

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, reason)
VALUES
	('user', 'user_id', 1, 'value', NULL, NULL),
	('user', 'user_name', 2, 'value', NULL, NULL),
	('user', 'user_real_name', 3, 'value', NULL, NULL),
	('user', 'user_registration', 4, 'value', NULL, NULL),
	('user', 'user_editcount', 5, 'value', NULL, NULL),
	('user', 'user_is_temp', 6, 'value', NULL, NULL),
	('user', 'user_is_system', 7, 'value', NULL, 'the mirror''s own: nobody can log in'),
	('user_properties', 'up_user', 1, 'value', NULL, NULL),
	('user_properties', 'up_property', 2, 'value', NULL, NULL),
	('user_properties', 'up_value', 3, 'value', NULL, NULL),
	('block', 'bl_id', 1, 'value', NULL, NULL),
	('block', 'bl_target', 2, 'value', NULL, NULL),
	('block', 'bl_by_actor', 3, 'value', NULL, NULL),
	('block', 'bl_reason_id', 4, 'value', NULL, NULL),
	('block', 'bl_timestamp', 5, 'value', NULL, NULL),
	('block', 'bl_anon_only', 6, 'value', NULL, NULL),
	('block', 'bl_create_account', 7, 'value', NULL, NULL),
	('block', 'bl_enable_autoblock', 8, 'value', NULL, NULL),
	('block', 'bl_expiry', 9, 'value', NULL, NULL),
	('block', 'bl_deleted', 10, 'value', NULL, NULL),
	('block', 'bl_block_email', 11, 'value', NULL, NULL),
	('block', 'bl_allow_usertalk', 12, 'value', NULL, NULL),
	('block', 'bl_parent_block_id', 13, 'value', NULL, NULL),
	('block', 'bl_sitewide', 14, 'value', NULL, NULL),
	('block', 'comment', 15, 'comment', 'bl_reason_id', NULL),
	('block', 'blocked', 16, 'blocked', 'bl_target', NULL);

/* ---- files ---- */

-- no bits hide the uploader of a current version, nor who set a block: their names are in the upload log and the block log, which have
INSERT INTO mwmirror.public_table (table_name, in_stream, bits_column, reason)
VALUES
	('image', true, NULL, 'view image'),
	('oldimage', false, 'oi_deleted', 'view oldimage; beyond it: what the file itself says, as of deleted files'),
	('filearchive', true, 'fa_deleted', 'view filearchive; beyond it: titles, and who deleted it and why, of what is hidden from administrators as well');

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, hidden_by, hidden_as, reason)
VALUES
	('image', 'img_name', 1, 'value', NULL, 0, NULL, NULL),
	('image', 'img_size', 2, 'value', NULL, 0, NULL, NULL),
	('image', 'img_width', 3, 'value', NULL, 0, NULL, NULL),
	('image', 'img_height', 4, 'value', NULL, 0, NULL, NULL),
	('image', 'img_metadata', 5, 'value', NULL, 0, NULL, NULL),
	('image', 'img_bits', 6, 'value', NULL, 0, NULL, NULL),
	('image', 'img_media_type', 7, 'value', NULL, 0, NULL, NULL),
	('image', 'img_major_mime', 8, 'value', NULL, 0, NULL, NULL),
	('image', 'img_minor_mime', 9, 'value', NULL, 0, NULL, NULL),
	('image', 'img_description_id', 10, 'value', NULL, 0, NULL, NULL),
	('image', 'img_actor', 11, 'value', NULL, 0, NULL, NULL),
	('image', 'img_timestamp', 12, 'value', NULL, 0, NULL, NULL),
	('image', 'img_sha1', 13, 'value', NULL, 0, NULL, NULL),
	('image', 'comment', 14, 'comment', 'img_description_id', 0, NULL, NULL),
	('oldimage', 'oi_name', 1, 'value', NULL, 0, NULL, NULL),
	('oldimage', 'oi_archive_name', 2, 'value', NULL, 0, NULL, NULL),
	('oldimage', 'oi_size', 3, 'value', NULL, 1, NULL, 'beyond it: as fa_size'),
	('oldimage', 'oi_width', 4, 'value', NULL, 1, NULL, 'beyond it: as fa_width'),
	('oldimage', 'oi_height', 5, 'value', NULL, 1, NULL, 'beyond it: as fa_height'),
	('oldimage', 'oi_bits', 6, 'value', NULL, 1, NULL, 'beyond it: as fa_bits'),
	('oldimage', 'oi_description_id', 7, 'value', NULL, 2, '0', NULL),
	('oldimage', 'oi_actor', 8, 'value', NULL, 4, NULL, NULL),
	('oldimage', 'oi_timestamp', 9, 'value', NULL, 0, NULL, NULL),
	('oldimage', 'oi_metadata', 10, 'value', NULL, 1, NULL, 'beyond it: as fa_metadata'),
	('oldimage', 'oi_media_type', 11, 'value', NULL, 1, NULL, 'beyond it: as fa_media_type'),
	('oldimage', 'oi_major_mime', 12, 'value', NULL, 1, NULL, 'beyond it: as fa_major_mime'),
	('oldimage', 'oi_minor_mime', 13, 'value', NULL, 1, NULL, 'beyond it: as fa_minor_mime'),
	('oldimage', 'oi_deleted', 14, 'value', NULL, 0, NULL, NULL),
	('oldimage', 'oi_sha1', 15, 'value', NULL, 1, NULL, 'beyond it: as fa_sha1'),
	('oldimage', 'comment', 16, 'comment', 'oi_description_id', 2, NULL, NULL),
	('oldimage', 'user', 17, 'user', 'oi_actor', 4, NULL, NULL),
	('filearchive', 'fa_id', 1, 'value', NULL, 0, NULL, NULL),
	('filearchive', 'fa_name', 2, 'value', NULL, 8, NULL, 'beyond it: as ar_title'),
	('filearchive', 'fa_archive_name', 3, 'value', NULL, 8, NULL, 'beyond it: as ar_title'),
	('filearchive', 'fa_storage_group', 4, 'value', NULL, 0, NULL, NULL),
	('filearchive', 'fa_deleted_user', 5, 'value', NULL, 8, NULL, 'beyond it: the log entry of such a deletion is hidden as well'),
	('filearchive', 'fa_deleted_timestamp', 6, 'value', NULL, 0, NULL, NULL),
	('filearchive', 'fa_deleted_reason_id', 7, 'value', NULL, 8, NULL, 'beyond it: as fa_deleted_user'),
	('filearchive', 'fa_size', 8, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_width', 9, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_height', 10, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_metadata', 11, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_bits', 12, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_media_type', 13, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_major_mime', 14, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_minor_mime', 15, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'fa_description_id', 16, 'value', NULL, 2, '0', NULL),
	('filearchive', 'fa_actor', 17, 'value', NULL, 4, NULL, NULL),
	('filearchive', 'fa_timestamp', 18, 'value', NULL, 0, NULL, NULL),
	('filearchive', 'fa_deleted', 19, 'value', NULL, 0, NULL, NULL),
	('filearchive', 'fa_sha1', 20, 'value', NULL, 1, NULL, NULL),
	('filearchive', 'deleted_reason', 21, 'comment', 'fa_deleted_reason_id', 8, NULL, 'beyond it: as fa_deleted_user'),
	('filearchive', 'comment', 22, 'comment', 'fa_description_id', 2, NULL, NULL),
	('filearchive', 'user', 23, 'user', 'fa_actor', 4, NULL, NULL);

-- since MediaWiki 1.44, which the file does not know: as image, oldimage and filearchive. A file that is deleted may have a title that nobody may see
INSERT INTO mwmirror.public_table (table_name, in_stream, bits_column, row_column, row_rule, reason)
VALUES
	('file', true, NULL, 'file_deleted', 'zero', 'not in it: files that are not deleted'),
	('filerevision', true, 'fr_deleted', NULL, NULL, 'not in it: as filearchive');
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, hidden_by, hidden_as)
VALUES
	('file', 'file_id', 1, 'value', NULL, 0, NULL),
	('file', 'file_name', 2, 'value', NULL, 0, NULL),
	('file', 'file_latest', 3, 'value', NULL, 0, NULL),
	('file', 'file_type', 4, 'value', NULL, 0, NULL),
	('file', 'file_deleted', 5, 'value', NULL, 0, NULL),
	('filerevision', 'fr_id', 1, 'value', NULL, 0, NULL),
	('filerevision', 'fr_file', 2, 'value', NULL, 0, NULL),
	('filerevision', 'fr_size', 3, 'value', NULL, 1, NULL),
	('filerevision', 'fr_width', 4, 'value', NULL, 1, NULL),
	('filerevision', 'fr_height', 5, 'value', NULL, 1, NULL),
	('filerevision', 'fr_metadata', 6, 'value', NULL, 1, NULL),
	('filerevision', 'fr_bits', 7, 'value', NULL, 1, NULL),
	('filerevision', 'fr_description_id', 8, 'value', NULL, 2, '0'),
	('filerevision', 'fr_actor', 9, 'value', NULL, 4, NULL),
	('filerevision', 'fr_timestamp', 10, 'value', NULL, 0, NULL),
	('filerevision', 'fr_sha1', 11, 'value', NULL, 1, NULL),
	('filerevision', 'fr_archive_name', 12, 'value', NULL, 8, NULL),
	('filerevision', 'fr_deleted', 13, 'value', NULL, 0, NULL),
	('filerevision', 'comment', 14, 'comment', 'fr_description_id', 2, NULL),
	('filerevision', 'user', 15, 'user', 'fr_actor', 4, NULL);

/* ---- rows that are public because a public row shows them: of views alone ---- */

INSERT INTO mwmirror.public_table (table_name, row_column, row_rule, row_values, of_hidden_users, reason)
VALUES
	('comment', 'comment_id', 'referred', NULL, NULL, 'view comment'),
	('actor', 'actor_user', 'referred', '{user,user_id}', 'actor_user', 'view actor; beyond it: not of hidden accounts, whatever refers to them'),
	('slots', 'slot_revision_id', 'referred', NULL, NULL, 'view slots; beyond it: not of revisions whose text is hidden, of which it shows the rest'),
	('content', 'content_id', 'referred', NULL, NULL, 'view content'),
	('content_body', 'content_id', 'referred', NULL, NULL, 'none there: replicas have no contents; beyond it: what visible revisions of pages have, and none of deleted pages'),
	('linktarget', 'lt_id', 'referred', NULL, NULL, 'view linktarget'),
	('block_target', 'bt_id', 'referred', NULL, 'bt_user', 'view block_target'),
	('ip_changes', 'ipc_rev_id', 'referred', '{revision,rev_id,user}', NULL, 'view ip_changes');

INSERT INTO mwmirror.public_column (table_name, column_name, ordinal)
SELECT t.name, c.name, c.ordinal
FROM (VALUES
	('comment', '{comment_id,comment_hash,comment_text,comment_data}'::text[]),
	('actor', '{actor_id,actor_user,actor_name}'),
	('slots', '{slot_revision_id,slot_role_id,slot_content_id,slot_origin}'),
	('content', '{content_id,content_size,content_sha1,content_model,content_address}'),
	('content_body', '{content_id,body,body_status}'),
	('linktarget', '{lt_id,lt_namespace,lt_title}'),
	('block_target', '{bt_id,bt_address,bt_user,bt_user_text,bt_auto,bt_range_start,bt_range_end,bt_ip_hex,bt_count}'),
	('ip_changes', '{ipc_rev_id,ipc_rev_timestamp,ipc_hex}')
) AS t (name, columns), unnest(t.columns) WITH ORDINALITY AS c (name, ordinal);
