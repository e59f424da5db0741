/*
 * sql/mapping/log_and_changes.sql
 *	  From MediaWiki's tables to the mirror's: logs, recent changes and tags.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('logging', 'logging', 300, 'log and changes');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'logging', 'logging', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('log_id', 'int'),
	('log_type', 'text'),
	('log_action', 'text'),
	('log_timestamp', 'timestamp'),
	('log_actor', 'int'),
	('log_namespace', 'int'),
	('log_title', 'text'),
	('log_page', 'int'),
	('log_comment_id', 'int'),
	('log_params', 'text'),
	('log_deleted', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('log_search', 'log_search', 310, 'log and changes');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'log_search', 'log_search', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ls_field', 'key_text'),
	('ls_value', 'key_text'),
	('ls_log_id', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('change_tag_def', 'change_tag_def', 320, 'log and changes');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'change_tag_def', 'change_tag_def', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ctd_id', 'int'),
	('ctd_name', 'text'),
	('ctd_user_defined', 'bool'),
	('ctd_count', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('change_tag', 'change_tag', 330, 'log and changes');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'change_tag', 'change_tag', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ct_id', 'int'),
	('ct_rc_id', 'int'),
	('ct_log_id', 'int'),
	('ct_rev_id', 'int'),
	('ct_params', 'text'),
	('ct_tag_id', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('recentchanges', 'recentchanges', 340, 'log and changes');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'recentchanges', 'recentchanges', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('rc_id', 'int'),
	('rc_timestamp', 'timestamp'),
	('rc_actor', 'int'),
	('rc_namespace', 'int'),
	('rc_title', 'text'),
	('rc_comment_id', 'int'),
	('rc_minor', 'bool'),
	('rc_bot', 'bool'),
	('rc_new', 'bool'),
	('rc_cur_id', 'int'),
	('rc_this_oldid', 'int'),
	('rc_last_oldid', 'int'),
	('rc_type', 'int'),
	('rc_source', 'text'),
	('rc_patrolled', 'int'),
	('rc_old_len', 'int'),
	('rc_new_len', 'int'),
	('rc_deleted', 'int'),
	('rc_logid', 'int'),
	('rc_log_type', 'text'),
	('rc_log_action', 'text'),
	('rc_params', 'text')
) AS same (name, kind);
-- newer MediaWiki has no such columns: rc_source says the same
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('recentchanges', 'recentchanges', 'rc_new', 2, '{}', '{constant}', 'NULL'),
	('recentchanges', 'recentchanges', 'rc_type', 2, '{}', '{constant}', 'NULL');
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES ('recentchanges', 'rc_ip', 'private', 'IP address of the editor, registered or not');
