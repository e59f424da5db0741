/*
 * sql/mapping/page_and_revision.sql
 *	  From MediaWiki's tables to the mirror's: pages, their revisions and what revisions are made of.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('comment', 'comment', 10, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'comment', 'comment', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('comment_id', 'int'),
	('comment_hash', 'int'),
	('comment_text', 'text'),
	('comment_data', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('actor', 'actor', 20, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'actor', 'actor', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('actor_id', 'int'),
	('actor_user', 'int'),
	('actor_name', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('content_models', 'content_models', 30, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'content_models', 'content_models', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('model_id', 'int'),
	('model_name', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('slot_roles', 'slot_roles', 31, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'slot_roles', 'slot_roles', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('role_id', 'int'),
	('role_name', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('text', 'text', 40, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'text', 'text', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('old_id', 'int')
) AS same (name, kind);
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
VALUES
	('text', 'text', 'old_text', '{old_text,old_flags}', '{content,content}'),
	('text', 'text', 'old_flags', '{old_text,old_flags}', '{content_flags,content_flags}');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('content', 'content', 50, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'content', 'content', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('content_id', 'int'),
	('content_size', 'int'),
	('content_sha1', 'text'),
	('content_model', 'int'),
	('content_address', 'text')
) AS same (name, kind);

-- of wikis whose content_policy says so
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('content', 'content_body', 50, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
VALUES
	('content', 'content_body', 'content_id', '{content_id}', '{int}'),
	('content', 'content_body', 'body', '{content_address}', '{body}'),
	('content', 'content_body', 'body_status', '{content_address}', '{body_status}');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('page', 'page', 100, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'page', 'page', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('page_id', 'int'),
	('page_namespace', 'int'),
	('page_title', 'text'),
	('page_is_redirect', 'bool'),
	('page_is_new', 'bool'),
	('page_random', 'float'),
	('page_touched', 'timestamp'),
	('page_links_updated', 'timestamp'),
	('page_latest', 'int'),
	('page_len', 'int'),
	('page_content_model', 'text'),
	('page_lang', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('revision', 'revision', 110, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'revision', 'revision', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('rev_id', 'int'),
	('rev_page', 'int'),
	('rev_comment_id', 'int'),
	('rev_actor', 'int'),
	('rev_timestamp', 'timestamp'),
	('rev_minor_edit', 'bool'),
	('rev_deleted', 'int'),
	('rev_len', 'int'),
	('rev_parent_id', 'int'),
	('rev_sha1', 'text')
) AS same (name, kind);
-- MediaWiki 1.46 takes it away: events have the sum of the slots
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES ('revision', 'revision', 'rev_sha1', 2, '{}', '{constant}', 'NULL');
-- MediaWiki 1.39 leaves revision.rev_comment_id 0 and has the id here; an update of revision to 0 leaves it as it is
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, row_mode, mw_group)
VALUES ('revision_comment_temp', 'revision', 120, 'merge', 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
VALUES
	('revision_comment_temp', 'revision', 'rev_id', '{revcomment_rev}', '{int}'),
	('revision_comment_temp', 'revision', 'rev_comment_id', '{revcomment_comment_id}', '{int}');
-- likewise rev_actor up to MediaWiki 1.36
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, row_mode, mw_group)
VALUES ('revision_actor_temp', 'revision', 121, 'merge', 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
VALUES
	('revision_actor_temp', 'revision', 'rev_id', '{revactor_rev}', '{int}'),
	('revision_actor_temp', 'revision', 'rev_actor', '{revactor_actor}', '{int}');
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES
	('revision_actor_temp', 'revactor_timestamp', 'redundant', 'revision has it'),
	('revision_actor_temp', 'revactor_page', 'redundant', 'revision has it');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('slots', 'slots', 130, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'slots', 'slots', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('slot_revision_id', 'int'),
	('slot_role_id', 'int'),
	('slot_content_id', 'int'),
	('slot_origin', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('archive', 'archive', 140, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'archive', 'archive', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ar_id', 'int'),
	('ar_namespace', 'int'),
	('ar_title', 'text'),
	('ar_comment_id', 'int'),
	('ar_actor', 'int'),
	('ar_timestamp', 'timestamp'),
	('ar_minor_edit', 'bool'),
	('ar_rev_id', 'int'),
	('ar_deleted', 'int'),
	('ar_len', 'int'),
	('ar_page_id', 'int'),
	('ar_parent_id', 'int'),
	('ar_sha1', 'text')
) AS same (name, kind);
-- MediaWiki 1.46 takes it away: events have the sum of the slots
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES ('archive', 'archive', 'ar_sha1', 2, '{}', '{constant}', 'NULL');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('ip_changes', 'ip_changes', 150, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'ip_changes', 'ip_changes', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ipc_rev_id', 'int'),
	('ipc_rev_timestamp', 'timestamp'),
	('ipc_hex', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('redirect', 'redirect', 160, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'redirect', 'redirect', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('rd_from', 'int'),
	('rd_namespace', 'int'),
	('rd_title', 'text'),
	('rd_interwiki', 'text'),
	('rd_fragment', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('page_props', 'page_props', 170, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'page_props', 'page_props', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('pp_page', 'int'),
	('pp_propname', 'key_text'),
	('pp_value', 'text'),
	('pp_sortkey', 'float')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('page_restrictions', 'page_restrictions', 180, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'page_restrictions', 'page_restrictions', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('pr_id', 'int'),
	('pr_page', 'int'),
	('pr_type', 'text'),
	('pr_level', 'text'),
	('pr_cascade', 'bool'),
	('pr_expiry', 'timestamp')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('protected_titles', 'protected_titles', 190, 'page and revision');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'protected_titles', 'protected_titles', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('pt_namespace', 'int'),
	('pt_title', 'key_text'),
	('pt_user', 'int'),
	('pt_reason_id', 'int'),
	('pt_timestamp', 'timestamp'),
	('pt_expiry', 'timestamp'),
	('pt_create_perm', 'text')
) AS same (name, kind);
