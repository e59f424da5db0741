/*
 * sql/dictionary.sql
 *	  The data dictionary in Markdown, of the comments in the catalog: run by sql/dictionary in a new database, with psql -A -t.
 */
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION mwmirror;
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language, private) VALUES ('wiki', 'main', '', '', '', '', false);
DO 'BEGIN PERFORM mwmirror.create_views(''wiki''), mwmirror.create_views(); END';

CREATE TEMP VIEW described AS
SELECT c.oid, n.nspname, c.relname::text AS name, obj_description(c.oid, 'pg_class') AS said,
	format(E'| column | type | what |\n| --- | --- | --- |\n%s', (
		SELECT string_agg(format('| `%s` | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod), replace(col_description(c.oid, a.attnum), '|', '\|')), E'\n' ORDER BY a.attnum)
		FROM pg_attribute a
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname IN ('mwmirror', 'mediawiki', 'wiki_p') OR n.nspname = 'mediawiki_p' AND c.relname = 'wiki') AND c.relkind IN ('r', 'v');

SELECT $$# Data dictionary

Made by `sql/dictionary` of the comments in the catalog, where psql's `\d+` and every other client show them as well.

- [Public views](#public-views): what analysts read, of one wiki in schema `<wiki_id>_p`, of all in `mediawiki_p` with `wiki_id` as first column
- [Other public views](#other-public-views), made of those
- [Mirror tables](#mirror-tables), schema `mediawiki`: all rows of all wikis, for their owner and `mwmirror_writer`
- [Bookkeeping](#bookkeeping), schema `mwmirror`

Times are `timestamp with time zone`, `infinity` where MediaWiki has it so. A number behind `&` is bits of the column before it: 1 text, file or action, 2 comment, 4 user, 8 from administrators as well.

## Public views
$$;
SELECT format(E'### %s\n\n%s\n\n%s\n', d.name, d.said, d.columns) FROM described d WHERE nspname = 'wiki_p' AND name IN (SELECT table_name FROM mwmirror.public_table) ORDER BY name;
SELECT E'## Other public views\n';
SELECT format(E'### mediawiki_p.%s\n\n%s\n\n%s\n', d.name, d.said, d.columns) FROM described d WHERE nspname = 'mediawiki_p';
-- those that have the columns of another one are said by what they have more
SELECT format(E'### %s\n\n%s\n\n%s\n', d.name, d.said, CASE
		WHEN NOT v.own_columns THEN d.columns
		WHEN v.more IS NULL THEN format('The columns of `%s`.', v.of_view)
		ELSE format(E'The columns of `%s`, and these.\n\n| column | type | what |\n| --- | --- | --- |\n%s', v.of_view, (
			SELECT string_agg(format('| `%s` | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod), replace(col_description(d.oid, a.attnum), '|', '\|')), E'\n' ORDER BY a.attnum)
			FROM pg_attribute a
			WHERE a.attrelid = d.oid AND a.attnum > 0 AND EXISTS (SELECT FROM generate_subscripts(v.more, 1) AS i WHERE v.more[i][1] = a.attname)))
	END)
FROM described d JOIN mwmirror.public_view v ON v.view_name = d.name WHERE nspname = 'wiki_p' ORDER BY name;
SELECT E'## Mirror tables\n';
SELECT format(E'### mediawiki.%s\n\n%s\n\n%s\n', d.name, d.said, d.columns) FROM described d WHERE nspname = 'mediawiki' ORDER BY name;
SELECT E'## Bookkeeping\n';
SELECT string_agg(format(E'### mwmirror.%s\n\n%s\n\n%s\n', d.name, d.said, d.columns), E'\n' ORDER BY name) FROM described d WHERE nspname = 'mwmirror';
ROLLBACK;
