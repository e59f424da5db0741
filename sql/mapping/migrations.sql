/*
 * sql/mapping/migrations.sql
 *	  Columns that MediaWiki's upgrades add and drop without changing what the mirror has.
 *
 * New ids of links, halves of URLs and collations are NULL, '' or 0 until they are filled row by row, and column_map takes the old columns where they are;
 * the old ones go when all are filled, and the new ones are of a new key. What is written meanwhile by the old MediaWiki is not filled: such links have ids of the mirror's own. Of URLs nothing shows that,
 * so el_index is not here: when it goes, the table is read again. Flags of 1.42 come with the value that their absence has. Columns that go for good leave the mirror's values as they are.
 */

INSERT INTO mwmirror.column_migration (source_table, source_column, unfilled)
SELECT t.name, c.name, CASE
		WHEN c.name ~ '_from$' THEN NULL
		WHEN c.name ~ '_collation' THEN 'cl_collation_id < 0'
		WHEN c.name ~ '^(pl|tl|il|cl)_' THEN left(c.name, 2) || '_target_id < 0'
	END
FROM (VALUES
	('pagelinks', '{pl_from,pl_target_id,pl_namespace,pl_title}'::text[]),
	('templatelinks', '{tl_from,tl_target_id,tl_namespace,tl_title}'),
	('imagelinks', '{il_from,il_target_id,il_to}'),
	('categorylinks', '{cl_from,cl_target_id,cl_to,cl_collation_id,cl_collation}'),
	('externallinks', '{el_to_domain_index,el_to_path}'),
	('recentchanges', '{rc_new,rc_type}'),
	('revision', '{rev_sha1}'),
	('archive', '{ar_sha1}'),
	('site_stats', '{ss_temp_users,ss_active_temp_users}'),
	('user', '{user_is_temp}'),
	('user_autocreate_serial', '{uas_shard,uas_year}')
) AS t (name, columns), unnest(t.columns) AS c (name);
