/*
 * sql/mapping/references.sql
 *	  References between MediaWiki's tables.
 *
 * What goes away is of interest only of pages, redirects and tags: a statement that deletes a whole history refers to nothing. A user's row changes with
 * each edit, and that alone makes no event. The others are followed from what is new: a row that is referred to may come later.
 *
 * MediaWiki updates pages far more often than their state changes (page_touched, page_links_updated), and hides log entries: no event is made of that
 * (decoder/plugin/aggregate/page.c: set_page; entity/log.c: log_find), so no row is needed for it; but for documents, below.
 *
 * A log entry refers to the protection of its page, for that of scripts (maintenance/protect.php) comes after the rows of which it tells, in a source
 * transaction of its own.
 *
 * A recent change refers to what it is of, for that may be hidden already when its row comes.
 *
 * Of a page that is deleted the archived revisions are counted; more is said of its latest alone.
 */

INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of, ends)
VALUES
	('page', '{page_latest}', 'revision', '{rev_id}', true, 'both', '{page_id,page_latest,page_namespace,page_title}', false),
	('page', '{page_latest}', 'archive', '{ar_rev_id}', true, 'gone', NULL, false),
	('page', '{page_id}', 'archive', '{ar_page_id}', true, 'gone', NULL, true),
	('page', '{page_id}', 'redirect', '{rd_from}', false, 'both', '{page_id,page_latest,page_namespace,page_title}', false),
	('redirect', '{rd_namespace,rd_title}', 'page', '{page_namespace,page_title}', false, 'both', NULL, false),
	('revision', '{rev_id}', 'archive', '{ar_rev_id}', true, 'new', NULL, false),
	('slots', '{slot_content_id}', 'content', '{content_id}', false, 'new', NULL, false),
	('slots', '{slot_role_id}', 'slot_roles', '{role_id}', false, 'new', NULL, false),
	('content', '{content_model}', 'content_models', '{model_id}', false, 'new', NULL, false),
	('archive', '{ar_actor}', 'actor', '{actor_id}', false, 'new', NULL, false),
	('archive', '{ar_comment_id}', 'comment', '{comment_id}', false, 'new', NULL, false),
	('archive', '{ar_rev_id}', 'slots', '{slot_revision_id}', false, 'new', NULL, false),
	('page_restrictions', '{pr_page}', 'page', '{page_id}', true, 'both', NULL, false),
	('page_restrictions', '{pr_page}', 'page_restrictions', '{pr_page}', true, 'both', NULL, false),
	('page_props', '{pp_page}', 'page', '{page_id}', true, 'both', '{pp_page,pp_propname,pp_value}', false),
	('page_props', '{pp_page}', 'archive', '{ar_page_id}', true, 'gone', NULL, true),
	('pagelinks', '{pl_from}', 'page', '{page_id}', true, 'both', '{pl_from,pl_target_id}', false),
	('pagelinks', '{pl_from}', 'archive', '{ar_page_id}', true, 'gone', NULL, true),
	('pagelinks', '{pl_target_id}', 'linktarget', '{lt_id}', true, 'both', '{pl_from,pl_target_id}', false),
	('externallinks', '{el_from}', 'page', '{page_id}', true, 'both', '{el_from,el_to_domain_index,el_to_path}', false),
	('externallinks', '{el_from}', 'archive', '{ar_page_id}', true, 'gone', NULL, true),
	('logging', '{log_page}', 'page', '{page_id}', true, 'new', '{log_id}', false),
	('logging', '{log_page}', 'page_restrictions', '{pr_page}', true, 'new', '{log_id}', false),
	('logging', '{log_actor}', 'actor', '{actor_id}', false, 'new', '{log_actor}', false),
	('logging', '{log_comment_id}', 'comment', '{comment_id}', false, 'new', '{log_comment_id}', false),
	('change_tag', '{ct_rev_id}', 'revision', '{rev_id}', true, 'both', NULL, false),
	('change_tag', '{ct_rev_id}', 'change_tag', '{ct_rev_id}', true, 'both', NULL, false),
	('change_tag', '{ct_tag_id}', 'change_tag_def', '{ctd_id}', false, 'both', NULL, false),
	('image', '{img_actor}', 'actor', '{actor_id}', false, 'new', '{img_timestamp}', false),
	('recentchanges', '{rc_actor}', 'actor', '{actor_id}', true, 'new', '{rc_actor}', false),
	('recentchanges', '{rc_comment_id}', 'comment', '{comment_id}', true, 'new', '{rc_comment_id}', false),
	('recentchanges', '{rc_this_oldid}', 'revision', '{rev_id}', true, 'new', '{rc_this_oldid}', false),
	('recentchanges', '{rc_last_oldid}', 'revision', '{rev_id}', true, 'new', '{rc_last_oldid}', false),
	('block_target', '{bt_id}', 'block', '{bl_target}', false, 'none', NULL, false),
	('recentchanges', '{rc_logid}', 'logging', '{log_id}', true, 'new', '{rc_logid}', false),
	('actor', '{actor_user}', 'user', '{user_id}', false, 'new', NULL, false),
	('user', '{user_id}', 'user_groups', '{ug_user}', false, 'none', NULL, false);

-- a revision with all that there is of it
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, found_by)
VALUES
	('revision', '{rev_page}', 'page', '{page_id}', 'new', '{rev_id}'),
	('revision', '{rev_actor}', 'actor', '{actor_id}', 'new', '{rev_id}'),
	('revision', '{rev_comment_id}', 'comment', '{comment_id}', 'new', '{rev_id}'),
	('revision', '{rev_id}', 'slots', '{slot_revision_id}', 'new', '{rev_id}'),
-- of the page of links and properties whether its latest text is hidden, and the one before: by other columns, so that nothing else follows
	('page', '{page_latest,page_id}', 'revision', '{rev_id,rev_page}', 'none', '{page_id}'),
	('revision', '{rev_parent_id}', 'revision', '{rev_id}', 'new', '{rev_id,rev_page}');

-- the page that a redirect is; of redirects that are found by what they lead to, where an operator adds a reference to them
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, found_by)
VALUES ('redirect', '{rd_from}', 'page', '{page_id}', 'new', '{rd_namespace,rd_title}');

-- a block with all of its target, which may go with it: another one may hide the account, or be what remains; and the account by its name, so with
-- its gender
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed)
VALUES
	('block', '{bl_target}', 'block_target', '{bt_id}', false, 'both'),
	('block', '{bl_id}', 'ipblocks_restrictions', '{ir_ipb_id}', false, 'new'),
	('ipblocks_restrictions', '{ir_ipb_id}', 'block', '{bl_id}', true, 'both'),
	('block_target', '{bt_user}', 'block_target', '{bt_user}', false, 'gone'),
	('block_target', '{bt_address}', 'block_target', '{bt_address}', false, 'gone'),
	('block_target', '{bt_user_text}', 'user', '{user_name}', false, 'gone');

-- an account in other groups or with another name, and whether its name is hidden: that is told of it alone, not of everyone who edits
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed)
VALUES
	('user_groups', '{ug_user}', 'user', '{user_id}', true, 'both'),
	('user_groups', '{ug_user}', 'block_target', '{bt_user}', true, 'both'),
	('actor', '{actor_user}', 'block_target', '{bt_user}', true, 'new');
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, constants)
VALUES
	('user_groups', '{ug_user}', 'user_properties', '{up_user,up_property}', true, 'both', '{gender}'),
	('actor', '{actor_user}', 'user_properties', '{up_user,up_property}', true, 'new', '{gender}');

-- whose page it is, and that user's gender: some languages have two names for the namespaces of users
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, update_of, user_page)
VALUES
	('page', '{page_namespace,page_title}', 'user', '{user_name}', 'both', '{page_id,page_latest,page_namespace,page_title}', true),
	('recentchanges', '{rc_namespace,rc_title}', 'user', '{user_name}', 'new', '{rc_namespace,rc_title}', true),
	('redirect', '{rd_namespace,rd_title}', 'user', '{user_name}', 'both', NULL, true),
	('linktarget', '{lt_namespace,lt_title}', 'user', '{user_name}', 'new', NULL, true);
-- and of an account that was renamed, for it has no more the name by which its log entry goes
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, update_of, member)
VALUES ('recentchanges', '{rc_params}', 'user', '{user_name}', 'new', '{rc_params}', '5::newuser');
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, constants, found_by)
VALUES ('user', '{user_id}', 'user_properties', '{up_user,up_property}', 'none', '{gender}', '{user_name}');
-- and whether a block hides that user
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, of_changed, found_by)
VALUES ('user', '{user_id}', 'block_target', '{bt_user}', 'none', '{user_name}');

-- what only one stream needs, which may be off; rare rows are not worth it
UPDATE mwmirror.reference r SET streams = ARRAY[needed.stream]
FROM (VALUES
	('recentchanges', 'mediawiki.recentchange'),
	('change_tag', 'mediawiki.revision-tags-change'),
	('page_restrictions', 'mediawiki.page-restrictions-change'),
	('page_props', 'mediawiki.page-properties-change'),
	('pagelinks', 'mediawiki.page-links-change'),
	('externallinks', 'mediawiki.page-links-change'),
	('linktarget', 'mediawiki.page-links-change'),
	('user_groups', 'mediawiki.user_change.v1')
) AS needed (from_table, stream)
WHERE r.from_table = needed.from_table;
UPDATE mwmirror.reference SET streams = '{mediawiki.page-properties-change,mediawiki.page-links-change}'
WHERE to_table = 'revision' AND to_columns = '{rev_id,rev_page}';
UPDATE mwmirror.reference SET streams = '{mediawiki.page-restrictions-change}' WHERE from_table = 'logging' AND from_columns = '{log_page}';

-- contents, which are large: those of the latest revision of a page that changes, not of its parent; and of a page of which revisions are hidden or shown;
-- and of each revision that a request tells
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of, way, found_way, streams)
SELECT needed.*, '{mediawiki.page_content_change.v1,mediawiki.page_content_change.private.v1}'
FROM (VALUES
	('page', '{page_latest}'::text[], 'revision', '{rev_id}'::text[], true, 'new', '{page_id,page_latest,page_namespace,page_title}'::text[], 'latest', ''),
	('revision', '{rev_page}', 'page', '{page_id}', true, 'updated', '{rev_deleted}', 'hidden', ''),
	('page', '{page_latest}', 'revision', '{rev_id}', false, 'none', NULL, 'latest', 'hidden'),
	('revision', '{rev_id}', 'slots', '{slot_revision_id}', true, 'told', NULL, 'latest', ''),
	('revision', '{rev_id}', 'slots', '{slot_revision_id}', false, 'none', NULL, 'latest', 'latest'),
	('slots', '{slot_content_id}', 'content_body', '{content_id}', false, 'none', NULL, '', 'latest')
) AS needed;

-- What state streams say of a row beside it: comments, users, targets and tags that the row names, also where an UPDATE shows it again; whether a block hides
-- the account that it is of; and the rows that become others by a change of another: revisions by their slots, blocks by their target, and what is of an
-- account that a block hides or shows. Most that they say of revisions and archived ones is referred to for all streams.
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of, ends, way, streams)
SELECT from_table, from_columns, to_table, to_columns, true, of_changed, update_of, ends, 'state', ARRAY[format('mwmirror.state.%s.v1', coalesce(of_table, from_table))]
FROM (VALUES
	('logging', '{log_actor}'::text[], 'actor', '{actor_id}'::text[], 'updated', NULL::text[], true, NULL),
	('logging', '{log_comment_id}', 'comment', '{comment_id}', 'updated', NULL, true, NULL),
	('image', '{img_description_id}', 'comment', '{comment_id}', 'new', NULL, true, NULL),
	('filerevision', '{fr_actor}', 'actor', '{actor_id}', 'new', NULL, true, NULL),
	('filerevision', '{fr_description_id}', 'comment', '{comment_id}', 'new', NULL, true, NULL),
	('filearchive', '{fa_actor}', 'actor', '{actor_id}', 'new', NULL, true, NULL),
	('filearchive', '{fa_description_id}', 'comment', '{comment_id}', 'new', NULL, true, NULL),
	('filearchive', '{fa_deleted_reason_id}', 'comment', '{comment_id}', 'new', NULL, true, NULL),
	('protected_titles', '{pt_reason_id}', 'comment', '{comment_id}', 'new', NULL, true, NULL),
	('pagelinks', '{pl_target_id}', 'linktarget', '{lt_id}', 'new', NULL, true, NULL),
	('templatelinks', '{tl_target_id}', 'linktarget', '{lt_id}', 'new', NULL, true, NULL),
	('imagelinks', '{il_target_id}', 'linktarget', '{lt_id}', 'new', NULL, true, NULL),
	('categorylinks', '{cl_target_id}', 'linktarget', '{lt_id}', 'new', NULL, true, NULL),
	('existencelinks', '{exl_target_id}', 'linktarget', '{lt_id}', 'new', NULL, true, NULL),
	('change_tag', '{ct_tag_id}', 'change_tag_def', '{ctd_id}', 'new', NULL, true, NULL),
	('user', '{user_id}', 'block_target', '{bt_user}', 'new', NULL, false, NULL),
	('user_properties', '{up_user}', 'block_target', '{bt_user}', 'new', NULL, false, NULL),
	('block_target', '{bt_id}', 'block', '{bl_target}', 'updated', '{bt_address,bt_user,bt_user_text,bt_range_start}', false, 'block')
) AS needed (from_table, from_columns, to_table, to_columns, of_changed, update_of, ends, of_table);
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, ends, way, found_way, streams)
VALUES
	('slots', '{slot_revision_id}', 'revision', '{rev_id}', true, 'both', false, '', '', '{mwmirror.state.revision.v1}'),
	('block', '{bl_reason_id}', 'comment', '{comment_id}', false, 'new', true, 'state', '', '{mwmirror.state.block.v1}'),
	('block', '{bl_target}', 'block_target', '{bt_id}', true, 'both', false, 'hidden', '', '{mwmirror.state.user.v1,mwmirror.state.user_properties.v1,mwmirror.state.block.v1}'),
	('block_target', '{bt_user}', 'user', '{user_id}', false, 'gone', true, 'hidden', 'hidden', '{mwmirror.state.user.v1}'),
	('block_target', '{bt_user}', 'user_properties', '{up_user}', false, 'gone', true, 'hidden', 'hidden', '{mwmirror.state.user_properties.v1}');

-- all of a page, for its document: every row that the document has leads to the page, and from there the others are found
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of, way)
VALUES
	('page', '{page_id}', 'page', '{page_id}', true, 'new',
		'{page_id,page_latest,page_namespace,page_title,page_is_redirect,page_content_model,page_lang}', 'document'),
	('revision', '{rev_page}', 'page', '{page_id}', true, 'kept', '{rev_deleted,rev_page}', 'document'),
	('redirect', '{rd_from}', 'page', '{page_id}', true, 'both', NULL, 'document'),
	('page_restrictions', '{pr_page}', 'page', '{page_id}', true, 'both', NULL, 'document'),
	('page_props', '{pp_page}', 'page', '{page_id}', true, 'both', '{pp_page,pp_propname,pp_value}', 'document'),
	('pagelinks', '{pl_from}', 'page', '{page_id}', true, 'both', '{pl_from,pl_target_id}', 'document'),
	('templatelinks', '{tl_from}', 'page', '{page_id}', true, 'both', '{tl_from,tl_target_id}', 'document'),
	('imagelinks', '{il_from}', 'page', '{page_id}', true, 'both', '{il_from,il_target_id}', 'document'),
	('categorylinks', '{cl_from}', 'page', '{page_id}', true, 'both', NULL, 'document'),
	('externallinks', '{el_from}', 'page', '{page_id}', true, 'both', '{el_from,el_to_domain_index,el_to_path}', 'document'),
	('langlinks', '{ll_from}', 'page', '{page_id}', true, 'both', NULL, 'document'),
	('iwlinks', '{iwl_from}', 'page', '{page_id}', true, 'both', NULL, 'document');
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, way, found_way)
VALUES
	('page', '{page_latest}', 'revision', '{rev_id}', false, 'none', 'latest', 'document'),
	('revision', '{rev_parent_id}', 'revision', '{rev_id}', false, 'none', 'before', 'latest'),
	('revision', '{rev_actor}', 'actor', '{actor_id}', false, 'none', '', 'latest'),
	('revision', '{rev_comment_id}', 'comment', '{comment_id}', false, 'none', '', 'latest'),
	('page', '{page_id}', 'page_restrictions', '{pr_page}', false, 'none', '', 'document'),
	('page', '{page_id}', 'page_props', '{pp_page}', false, 'none', '', 'document'),
	('page', '{page_id}', 'pagelinks', '{pl_from}', false, 'none', 'document', 'document'),
	('pagelinks', '{pl_target_id}', 'linktarget', '{lt_id}', false, 'none', '', 'document'),
	('page', '{page_id}', 'templatelinks', '{tl_from}', false, 'none', 'document', 'document'),
	('templatelinks', '{tl_target_id}', 'linktarget', '{lt_id}', false, 'none', '', 'document'),
	('page', '{page_id}', 'imagelinks', '{il_from}', false, 'none', 'document', 'document'),
	('imagelinks', '{il_target_id}', 'linktarget', '{lt_id}', false, 'none', '', 'document'),
	('page', '{page_id}', 'categorylinks', '{cl_from}', false, 'none', 'document', 'document'),
	('categorylinks', '{cl_target_id}', 'linktarget', '{lt_id}', false, 'none', '', 'document'),
	('page', '{page_id}', 'externallinks', '{el_from}', false, 'none', '', 'document'),
	('page', '{page_id}', 'langlinks', '{ll_from}', false, 'none', '', 'document'),
	('page', '{page_id}', 'iwlinks', '{iwl_from}', false, 'none', '', 'document');
-- and of one whose links are those of its latest text from now on, if the text before is hidden: they were left out until then
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of, way, found_way, odd)
VALUES
	('page', '{page_latest}', 'revision', '{rev_id}', true, 'updated', '{page_links_updated}', 'parsed', '', NULL),
	('revision', '{rev_parent_id}', 'revision', '{rev_id}', false, 'none', NULL, 'parsed before', 'parsed', NULL),
	('revision', '{rev_page}', 'page', '{page_id}', false, 'none', NULL, 'document', 'parsed before', 'rev_deleted');
UPDATE mwmirror.reference SET streams = '{mediawiki.page.state.v1,mediawiki.page.state.private.v1}'
WHERE way IN ('document', 'parsed', 'parsed before') OR found_way = 'document' OR (found_way = 'latest' AND to_table IN ('revision', 'actor', 'comment'));
UPDATE mwmirror.reference SET streams = streams || '{mediawiki.page.state.v1,mediawiki.page.state.private.v1}'
WHERE from_table = 'linktarget' OR (found_way = 'latest' AND to_table IN ('slots', 'content_body'));
