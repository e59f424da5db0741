/*
 * sql/mapping/site.sql
 *	  From MediaWiki's tables to the mirror's: the wiki itself.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('site_stats', 'site_stats', 700, 'site');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'site_stats', 'site_stats', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ss_row_id', 'int'),
	('ss_total_edits', 'int'),
	('ss_good_articles', 'int'),
	('ss_total_pages', 'int'),
	('ss_users', 'int'),
	('ss_active_users', 'int'),
	('ss_images', 'int'),
	('ss_temp_users', 'int'),
	('ss_active_temp_users', 'int')
) AS same (name, kind);
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('site_stats', 'site_stats', 'ss_temp_users', 2, '{}', '{constant}', 'NULL'),
	('site_stats', 'site_stats', 'ss_active_temp_users', 2, '{}', '{constant}', 'NULL');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('interwiki', 'interwiki', 710, 'site');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'interwiki', 'interwiki', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('iw_prefix', 'key_text'),
	('iw_url', 'text'),
	('iw_api', 'text'),
	('iw_wikiid', 'text'),
	('iw_local', 'bool'),
	('iw_trans', 'bool')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('sites', 'sites', 720, 'site');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'sites', 'sites', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('site_id', 'int'),
	('site_global_key', 'text'),
	('site_type', 'text'),
	('site_group', 'text'),
	('site_source', 'text'),
	('site_language', 'text'),
	('site_protocol', 'text'),
	('site_domain', 'text'),
	('site_data', 'text'),
	('site_forward', 'bool'),
	('site_config', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('site_identifiers', 'site_identifiers', 730, 'site');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'site_identifiers', 'site_identifiers', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('si_type', 'key_text'),
	('si_key', 'key_text'),
	('si_site', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('updatelog', 'updatelog', 740, 'site');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'updatelog', 'updatelog', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ul_key', 'key_text'),
	('ul_value', 'text')
) AS same (name, kind);
-- MediaWiki's tables that have nothing to say about the wiki
INSERT INTO mwmirror.table_skipped (source_table, reason)
VALUES
	('job', 'queue of work; signed with a secret'),
	('objectcache', 'cache'),
	('l10n_cache', 'cache'),
	('module_deps', 'cache'),
	('searchindex', 'search index of a table type without transactions'),
	('uploadstash', 'uploads under way'),
	('querycache', 'cache of special pages'),
	('querycache_info', 'cache of special pages'),
	('querycachetwo', 'cache of special pages'),
	('watchlist_label', 'names that readers give to parts of their watchlist'),
	('watchlist_label_member', 'parts of watchlists of readers');
