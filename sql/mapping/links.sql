/*
 * sql/mapping/links.sql
 *	  From MediaWiki's tables to the mirror's: what pages link to.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, own_rows, mw_group)
VALUES ('linktarget', 'linktarget', 200, 'lt_id > 0', 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'linktarget', 'linktarget', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('lt_id', 'int'),
	('lt_namespace', 'int'),
	('lt_title', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('pagelinks', 'pagelinks', 210, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'pagelinks', 'pagelinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('pl_from', 'int'),
	('pl_from_namespace', 'int')
) AS same (name, kind);
/*
 * Where links hold titles the mirror gives each title a linktarget of its own. MediaWiki goes from titles to ids in steps: a table has the title,
 * then both while its rows get their ids one by one, then the id alone.
 */
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('pagelinks', 'pagelinks', 'pl_target_id', 1, '{pl_target_id,pl_namespace,pl_title}', '{int,int,key_text}',
		'coalesce(%1, mwmirror.linktarget_id(%w, %2, %3))'),
	('pagelinks', 'pagelinks', 'pl_target_id', 2, '{pl_target_id}', '{int}', NULL),
	('pagelinks', 'pagelinks', 'pl_target_id', 3, '{pl_namespace,pl_title}', '{int,key_text}',
		'mwmirror.linktarget_id(%w, %1, %2)');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('templatelinks', 'templatelinks', 220, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'templatelinks', 'templatelinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('tl_from', 'int'),
	('tl_from_namespace', 'int')
) AS same (name, kind);
-- titles up to MediaWiki 1.37
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('templatelinks', 'templatelinks', 'tl_target_id', 1, '{tl_target_id,tl_namespace,tl_title}', '{int,int,key_text}',
		'coalesce(%1, mwmirror.linktarget_id(%w, %2, %3))'),
	('templatelinks', 'templatelinks', 'tl_target_id', 2, '{tl_target_id}', '{int}', NULL),
	('templatelinks', 'templatelinks', 'tl_target_id', 3, '{tl_namespace,tl_title}', '{int,key_text}',
		'mwmirror.linktarget_id(%w, %1, %2)');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('imagelinks', 'imagelinks', 230, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'imagelinks', 'imagelinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('il_from', 'int'),
	('il_from_namespace', 'int')
) AS same (name, kind);
-- titles up to MediaWiki 1.45, of namespace 6 (NS_FILE)
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('imagelinks', 'imagelinks', 'il_target_id', 1, '{il_target_id,il_to}', '{int,key_text}',
		'coalesce(%1, mwmirror.linktarget_id(%w, 6, %2))'),
	('imagelinks', 'imagelinks', 'il_target_id', 2, '{il_target_id}', '{int}', NULL),
	('imagelinks', 'imagelinks', 'il_target_id', 3, '{il_to}', '{key_text}', 'mwmirror.linktarget_id(%w, 6, %1)');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, own_rows, mw_group)
VALUES ('collation', 'collation', 235, 'collation_id > 0', 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'collation', 'collation', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('collation_id', 'int'),
	('collation_name', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('categorylinks', 'categorylinks', 240, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'categorylinks', 'categorylinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('cl_from', 'int'),
	('cl_sortkey', 'bytes'),
	('cl_sortkey_prefix', 'text'),
	('cl_timestamp', 'timestamp'),
	('cl_type', 'enum')
) AS same (name, kind);
-- titles and names up to MediaWiki 1.43, of namespace 14 (NS_CATEGORY); 1.44 has both, and 0 where the id of a name is not yet there
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('categorylinks', 'categorylinks', 'cl_target_id', 1, '{cl_target_id,cl_to}', '{int,key_text}',
		'coalesce(%1, mwmirror.linktarget_id(%w, 14, %2))'),
	('categorylinks', 'categorylinks', 'cl_target_id', 2, '{cl_target_id}', '{int}', NULL),
	('categorylinks', 'categorylinks', 'cl_target_id', 3, '{cl_to}', '{key_text}', 'mwmirror.linktarget_id(%w, 14, %1)'),
	('categorylinks', 'categorylinks', 'cl_collation_id', 1, '{cl_collation_id,cl_collation}', '{int,key_text}',
		'coalesce(nullif(%1, 0), mwmirror.collation_id(%w, %2))'),
	('categorylinks', 'categorylinks', 'cl_collation_id', 2, '{cl_collation_id}', '{int}', NULL),
	('categorylinks', 'categorylinks', 'cl_collation_id', 3, '{cl_collation}', '{key_text}', 'mwmirror.collation_id(%w, %1)');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('category', 'category', 250, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'category', 'category', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('cat_id', 'int'),
	('cat_title', 'text'),
	('cat_pages', 'int'),
	('cat_subcats', 'int'),
	('cat_files', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('externallinks', 'externallinks', 260, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'externallinks', 'externallinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('el_id', 'int'),
	('el_from', 'int')
) AS same (name, kind);
-- up to MediaWiki 1.39 both halves are in el_index; while a wiki is upgraded it has them as well, and '' where they are yet to be filled
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('externallinks', 'externallinks', 'el_to_domain_index', 1, '{el_to_domain_index,el_index}', '{text,text}',
		'CASE WHEN %1 <> '''' THEN %1 ELSE mwmirror.external_link_domain_index(%2) END'),
	('externallinks', 'externallinks', 'el_to_domain_index', 2, '{el_to_domain_index}', '{text}', NULL),
	('externallinks', 'externallinks', 'el_to_domain_index', 3, '{el_index}', '{text}',
		'mwmirror.external_link_domain_index(%1)'),
	('externallinks', 'externallinks', 'el_to_path', 1, '{el_to_path,el_to_domain_index,el_index}', '{text,text,text}',
		'CASE WHEN %2 <> '''' THEN %1 ELSE mwmirror.external_link_path(%3) END'),
	('externallinks', 'externallinks', 'el_to_path', 2, '{el_to_path}', '{text}', NULL),
	('externallinks', 'externallinks', 'el_to_path', 3, '{el_index}', '{text}',
		'mwmirror.external_link_path(%1)');
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES
	('externallinks', 'el_to', 'redundant', 'MediaWiki 1.43 no longer has it; el_index says the same'),
	('externallinks', 'el_index_60', 'redundant', 'the first 60 bytes of el_index');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('langlinks', 'langlinks', 270, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'langlinks', 'langlinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ll_from', 'int'),
	('ll_lang', 'key_text'),
	('ll_title', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('iwlinks', 'iwlinks', 280, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'iwlinks', 'iwlinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('iwl_from', 'int'),
	('iwl_prefix', 'key_text'),
	('iwl_title', 'key_text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('existencelinks', 'existencelinks', 290, 'links');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'existencelinks', 'existencelinks', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('exl_from', 'int'),
	('exl_target_id', 'int')
) AS same (name, kind);
