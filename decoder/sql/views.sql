-- Public views: what they show is what the query of public rows gives, for which state topics are; nothing of it is left when they cannot hide. All in
-- transactions that are rolled back.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SET client_min_messages = warning;
BEGIN;
SELECT count(*) FROM pg_class WHERE relrowsecurity AND relnamespace = 'mediawiki'::regnamespace;
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language, private)
	SELECT w, 'public', 'w.example.org', 'https://w.example.org', '/wiki/$1', 'en', w = 'shutwiki' FROM unnest('{openwiki,shutwiki,"odd\"wi''k i",mediawiki}'::text[] || repeat('é', 31) || repeat('漢', 21) || 'in{page}s'::text) w;

-- rows of whatever the tables have columns for, the same at each run; few ids, so that they refer to one another
CREATE FUNCTION pg_temp.some_value(of_table text, of_column text, type regtype, wiki text, n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN of_column ~ '_deleted$' AND type <> 'boolean'::regtype THEN CASE WHEN h % 3 = 0 THEN 0 ELSE h / 7 % 16 END::text
		WHEN of_column ~ '_(log_)?type$' AND type = 'text'::regtype THEN ('{move,suppress,block,"",upload}'::text[])[1 + h % 5]
		WHEN of_column ~ '_params$' THEN ('{"",mw-private-tag,a mw-private-tag}'::text[])[1 + h % 3]
		WHEN of_column = 'ctd_name' THEN ('{visual,mw-private-tag,mobile}'::text[])[1 + h % 3] || h
		WHEN of_column IN ('rc_logid', 'rc_this_oldid') AND h % 3 > 0 THEN '1000'
		WHEN of_column = 'up_property' THEN ('{gender,language,nickname}'::text[])[1 + h % 3]
		WHEN type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'double precision'::regtype, 'numeric'::regtype) THEN (h % 30)::text
		WHEN type = 'boolean'::regtype THEN (h % 4 = 0)::text
		WHEN type = 'text'::regtype THEN of_column || h % 30
		WHEN type = 'timestamptz'::regtype THEN CASE WHEN h % 9 = 0 THEN 'infinity' ELSE to_timestamp(1700000000 + h)::text END
		WHEN type = 'bytea'::regtype THEN '\x' || lpad(to_hex(h), 8, '0')
	END
	FROM abs(hashtext(concat_ws(' ', of_table, of_column, wiki, n))::bigint) AS h
$$;
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT r.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') AS columns,
			string_agg(format('pg_temp.some_value(%L, %L, %L, w.wiki_id, n)::%s', r.relname, a.attname, a.atttypid::regtype, a.atttypid::regtype), ', ') AS made
		FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'wiki_id'
		WHERE r.relnamespace = 'mediawiki'::regnamespace AND r.relkind IN ('r', 'p')
		GROUP BY r.oid
	LOOP
		EXECUTE format('INSERT INTO %s (wiki_id, %s) SELECT w.wiki_id, %s FROM mwmirror.wiki w, generate_series(1, 70) n WHERE wiki_id IN (''openwiki'', ''shutwiki'', ''odd"wi''''k i'') ON CONFLICT DO NOTHING',
			c.name, c.columns, c.made);
	END LOOP;
END$$;

-- and some that nothing shows
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES ('openwiki', 1000, 'of nothing');
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('openwiki', 1000, 0, 'Of_nothing');

-- the planner is to know of them: without statistics some of what follows takes seconds
DO $$ DECLARE name regclass; BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p') LOOP EXECUTE format('ANALYZE %s', name); END LOOP;
END $$;

SELECT mwmirror.create_views() = mwmirror.create_views('openwiki') + 1 AS same; -- and the view of wikis
SELECT s, mwmirror.create_views(s) > 40 AS made FROM unnest('{"odd\"wi''k i",mediawiki}'::text[] || repeat('é', 31) || repeat('漢', 21) || 'in{page}s'::text) s;
SELECT of_wiki, schema_name, octet_length(schema_name) FROM mwmirror.views_schemas();
-- each has a schema of its own, whatever it is called
SELECT count(*), count(DISTINCT mwmirror.views_schema(w)) FROM unnest('{mediawiki,mediawiki_wiki,mediawiki_p}'::text[] || repeat('é', 31) || repeat('é', 32)
	|| substr(mwmirror.views_schema(repeat('é', 31)), 1, 40) || substr(mwmirror.views_schema('mediawiki_wiki'), 1, 40)) w;
SELECT mwmirror.drop_views('mediawiki'), mwmirror.drop_views(repeat('é', 31)), mwmirror.drop_views(repeat('漢', 21)), mwmirror.drop_views('in{page}s');
-- nothing that was not asked for, and nothing of private wikis
SAVEPOINT here;
SELECT mwmirror.create_views('shutwiki');
ROLLBACK TO here;
SELECT mwmirror.create_views('nowiki');
ROLLBACK TO here;

CREATE ROLE views_reader;
GRANT mwmirror_analyst TO views_reader;
-- rows of a view, with values as state topics have them, that the query of public rows does not give, and the other way round
CREATE FUNCTION pg_temp.differences(of_wiki text, OUT of_table text, OUT shown bigint, OUT hidden bigint, OUT too_much bigint, OUT too_little bigint)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	theirs text;
	ours text;
BEGIN
	FOR of_table IN SELECT table_name FROM mwmirror.public_table ORDER BY 1 LOOP
		SELECT string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal), string_agg(mwmirror.state_value('v', a.attname, a.atttypid), ', ' ORDER BY c.ordinal) INTO theirs, ours
			FROM mwmirror.public_column c JOIN pg_attribute a ON a.attrelid = format('mediawiki.%I', of_table)::regclass AND a.attname = c.column_name
			WHERE c.table_name = of_table AND c.shown IN ('value', 'null');
		EXECUTE format('CREATE TEMP TABLE theirs AS SELECT %s%s FROM (%s) r WHERE wiki_id = coalesce(%L, wiki_id)',
			CASE WHEN of_wiki IS NULL THEN 'wiki_id, ' ELSE '' END, theirs, mwmirror.public_rows_query(of_table), of_wiki);
		CREATE TEMP TABLE ours (LIKE theirs);
		GRANT ALL ON ours TO views_reader;
		SET LOCAL ROLE views_reader;
		EXECUTE format('INSERT INTO ours SELECT %s%s FROM %I.%I v', CASE WHEN of_wiki IS NULL THEN 'wiki_id, ' ELSE '' END, ours,
			CASE WHEN of_wiki IS NULL THEN 'mediawiki_p' ELSE of_wiki || '_p' END, of_table);
		RESET ROLE;
		SELECT count(*) INTO shown FROM ours;
		EXECUTE format('SELECT count(*) FROM mediawiki.%I WHERE wiki_id = coalesce(%L, wiki_id)', of_table, of_wiki) INTO hidden;
		hidden := hidden - shown;
		SELECT count(*) INTO too_much FROM (SELECT * FROM ours EXCEPT ALL SELECT * FROM theirs) r;
		SELECT count(*) INTO too_little FROM (SELECT * FROM theirs EXCEPT ALL SELECT * FROM ours) r;
		DROP TABLE ours, theirs;
		RETURN NEXT;
	END LOOP;
END$$;
SELECT of_table, shown > 0 AS has_rows, hidden > 0 AS hides_rows, too_much, too_little FROM pg_temp.differences('openwiki');
SELECT * FROM pg_temp.differences(NULL) WHERE too_much + too_little > 0 OR shown = 0;
SELECT * FROM pg_temp.differences('odd"wi''k i') WHERE too_much + too_little > 0 OR shown = 0;

-- others are made of those, and say the same in both schemas
CREATE FUNCTION pg_temp.others(OUT of_view text, OUT shown bigint, OUT of_all bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE views_reader;
	FOR of_view IN SELECT view_name FROM mwmirror.public_view ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM openwiki_p.%I', of_view) INTO shown;
		EXECUTE format('SELECT count(*) FROM (SELECT to_jsonb(v) FROM openwiki_p.%1$I v INTERSECT ALL SELECT to_jsonb(v) - ''wiki_id'' FROM mediawiki_p.%1$I v WHERE wiki_id = ''openwiki'') r', of_view)
			INTO of_all;
		RETURN NEXT;
	END LOOP;
	RESET ROLE;
END$$;
GRANT SELECT ON mwmirror.public_view TO views_reader;
GRANT USAGE ON SCHEMA mwmirror TO views_reader;
SELECT of_view, shown > 0 AS has_rows, of_all - shown AS too_much FROM pg_temp.others();
SELECT (SELECT count(*) FROM openwiki_p.revision_userindex) = (SELECT count(*) FROM mediawiki.revision WHERE wiki_id = 'openwiki' AND rev_deleted & 4 = 0) AS of_shown_users,
	(SELECT count(*) FROM openwiki_p.revision_userindex WHERE rev_actor IS NULL) AS without,
	(SELECT count(*) FROM openwiki_p.revision_compat) = (SELECT count(*) FROM openwiki_p.revision) AS all_of_them,
	(SELECT string_agg(DISTINCT rev_comment, ' ') ~ 'comment_text' FROM openwiki_p.revision_compat) AS with_comments,
	(SELECT count(rev_comment) FROM openwiki_p.revision_compat WHERE rev_deleted & 2 = 2) AS with_hidden_comments,
	(SELECT count(*) FROM openwiki_p.revision_text t WHERE rev_id NOT IN (SELECT rev_id FROM openwiki_p.revision WHERE rev_deleted & 1 = 0)) AS hidden_texts;
SELECT count(*) FROM mediawiki.content_body b WHERE wiki_id = 'openwiki' AND content_id IN (SELECT content_id FROM openwiki_p.content_body)
	AND NOT EXISTS (SELECT FROM mediawiki.slots JOIN mediawiki.revision ON rev_id = slot_revision_id AND rev_deleted & 1 = 0 AND revision.wiki_id = slots.wiki_id
		WHERE slot_content_id = b.content_id AND slots.wiki_id = b.wiki_id);
SELECT mwmirror.utf8_text('caf\303\251'), mwmirror.utf8_text('\xff') IS NULL, mwmirror.utf8_text('\x610062') IS NULL, mwmirror.utf8_text('') = '';

-- of a wiki that the query names the planner asks once, of others for each row; both show the same
CREATE FUNCTION pg_temp.asked(query text, OUT asked text, OUT when_asked text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN QUERY SELECT m[1], CASE WHEN line ~ 'One-Time' THEN 'once' ELSE 'for each row' END FROM regexp_matches(line, 'mwmirror\.(\w*public\w*\([^)]*\))', 'g') AS m;
	END LOOP;
END$$;
SELECT * FROM pg_temp.asked('SELECT rev_id FROM openwiki_p.page JOIN openwiki_p.revision ON rev_page = page_id AND rev_deleted = 0');
SELECT * FROM pg_temp.asked('SELECT rev_id FROM openwiki_p.page LEFT JOIN openwiki_p.revision ON rev_page = page_id AND rev_deleted = 0');
SELECT * FROM pg_temp.asked($q$SELECT count(*) FROM mediawiki_p.page WHERE page_title = 'x'$q$);
SELECT * FROM pg_temp.asked($q$SELECT count(*) FROM mediawiki_p.page WHERE 'shutwiki' = wiki_id$q$);
SELECT * FROM pg_temp.asked('SELECT count(*) FROM openwiki_p.change_tag');
CREATE COLLATION public.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FUNCTION pg_temp.planned_otherwise(OUT query text, OUT shown bigint, OUT by_row bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE views_reader;
	FOREACH query IN ARRAY ARRAY[
		$q$FROM page WHERE wiki_id = 'openwiki'$q$,
		$q$FROM page WHERE wiki_id = 'shutwiki'$q$,
		$q$FROM page WHERE wiki_id = 'nowiki'$q$,
		$q$FROM page WHERE 'openwiki' = wiki_id AND wiki_id = 'odd"wi''k i'$q$,
		$q$FROM page WHERE wiki_id = 'openwiki' OR page_id = 7$q$,
		$q$FROM page WHERE wiki_id IN ('openwiki', 'shutwiki')$q$,
		$q$FROM page WHERE wiki_id = NULL$q$,
		$q$FROM page WHERE wiki_id = 'OpenWiki' COLLATE public.any_case$q$,
		$q$FROM change_tag WHERE wiki_id = 'OpenWiki' COLLATE public.any_case$q$,
		$q$FROM page WHERE NOT wiki_id = 'openwiki'$q$,
		$q$FROM page p JOIN revision r USING (wiki_id) WHERE r.rev_page = p.page_id AND p.wiki_id = 'openwiki'$q$,
		$q$FROM page p LEFT JOIN revision r ON r.rev_page = p.page_id AND r.wiki_id = 'openwiki'$q$,
		$q$FROM page p LEFT JOIN revision r ON r.rev_page = p.page_id WHERE r.wiki_id = 'openwiki'$q$,
		$q$FROM page p LEFT JOIN (SELECT * FROM revision WHERE wiki_id = 'shutwiki') r ON r.rev_page = p.page_id$q$,
		$q$FROM page p LEFT JOIN (SELECT * FROM revision WHERE wiki_id = 'shutwiki') r ON r.rev_page = p.page_id WHERE p.wiki_id = 'openwiki' AND r.rev_id IS NULL$q$,
		$q$FROM page p FULL JOIN revision r ON r.wiki_id = p.wiki_id AND r.rev_page = p.page_id WHERE r.wiki_id = 'openwiki' OR r.wiki_id IS NULL$q$,
		$q$FROM page p FULL JOIN revision r ON r.wiki_id = p.wiki_id AND r.rev_page = p.page_id WHERE p.wiki_id = 'openwiki'$q$,
		$q$FROM page p WHERE NOT EXISTS (SELECT FROM revision r WHERE r.wiki_id = 'openwiki' AND r.rev_page = p.page_id)$q$,
		$q$FROM page p WHERE wiki_id = 'openwiki' AND page_id NOT IN (SELECT rev_page FROM revision WHERE wiki_id = 'shutwiki' AND rev_page IS NOT NULL)$q$,
		$q$FROM (SELECT * FROM page UNION ALL SELECT * FROM page) p WHERE wiki_id = 'openwiki'$q$,
		$q$FROM page p, LATERAL (SELECT * FROM revision r WHERE r.wiki_id = p.wiki_id AND r.rev_page = p.page_id AND p.wiki_id = 'openwiki' LIMIT 1) r$q$,
		$q$FROM change_tag JOIN change_tag_def d USING (wiki_id) WHERE d.wiki_id = 'openwiki' AND ct_tag_id = ctd_id$q$,
		$q$FROM change_tag WHERE wiki_id = 'openwiki'$q$,
		$q$FROM change_tag WHERE wiki_id = 'shutwiki'$q$,
		$q$FROM change_tag t LEFT JOIN change_tag u ON u.ct_tag_id = t.ct_tag_id AND u.wiki_id = 'openwiki' WHERE t.wiki_id > 'odd'$q$,
		$q$FROM change_tag WHERE wiki_id > 'odd'$q$]
	LOOP
		SET LOCAL search_path = mediawiki_p;
		EXECUTE 'SELECT count(*) ' || query INTO shown;
		SET LOCAL search_path = pg_catalog, pg_temp;
		EXECUTE 'WITH page AS MATERIALIZED (SELECT * FROM mediawiki_p.page), revision AS MATERIALIZED (SELECT * FROM mediawiki_p.revision), change_tag AS MATERIALIZED (SELECT * FROM mediawiki_p.change_tag),'
			' change_tag_def AS MATERIALIZED (SELECT * FROM mediawiki_p.change_tag_def) SELECT count(*) ' || query INTO by_row;
		RETURN NEXT;
	END LOOP;
	RESET search_path;
	RESET ROLE;
END$$;
SELECT query, shown > 0 AS any, by_row = shown AS same FROM pg_temp.planned_otherwise(); -- other tests have wikis, too
-- a plan is kept; what it may show is looked up anew
PREPARE kept AS SELECT (SELECT count(*) > 0 FROM openwiki_p.page) AS of_one, (SELECT count(*) > 0 FROM mediawiki_p.page WHERE wiki_id = $1) AS of_parameter,
	(SELECT count(*) > 0 FROM mediawiki_p.page) AS of_all, (SELECT count(*) > 0 FROM openwiki_p.change_tag) AS with_tag;
SAVEPOINT here;
SET plan_cache_mode = force_generic_plan;
EXECUTE kept('openwiki');
UPDATE mediawiki.change_tag_def SET ctd_name = 'mw-private-' || ctd_id;
EXECUTE kept('openwiki');
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'openwiki';
EXECUTE kept('openwiki');
UPDATE mwmirror.wiki SET private = true;
EXECUTE kept('openwiki');
SELECT mwmirror.is_public_wiki('openwiki'), mwmirror.public_wiki('openwiki'), mwmirror.is_public_wiki(NULL), mwmirror.is_public_wiki('nowiki');
ROLLBACK TO here;
SELECT mwmirror.is_public_wiki(w), mwmirror.public_wiki(w) FROM unnest('{openwiki,shutwiki,openwiki,nowiki,shutwiki,NULL,""}'::text[]) w;
-- as its own condition it is true, where the query says which wiki, of the same rows
SELECT count(*) = 0 AS same FROM mediawiki.page WHERE wiki_id = 'shutwiki' AND mwmirror.is_public_wiki(wiki_id);
DEALLOCATE kept;

-- the public wikis, whatever is asked of them
CREATE FUNCTION pg_temp.told(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE WARNING '%', $1; RETURN true; END$$;
UPDATE mwmirror.wiki SET domain = wiki_id || '.example.org' WHERE wiki_id IN ('openwiki', 'shutwiki', 'mediawiki');
INSERT INTO mwmirror.wiki_site VALUES ('openwiki', 'The open wiki', NULL, true, '{}');
UPDATE mwmirror.wiki SET is_wiki = false WHERE wiki_id = 'mediawiki';
SET LOCAL ROLE views_reader;
SELECT * FROM mediawiki_p.wiki WHERE wiki_id IN ('openwiki', 'shutwiki', 'mediawiki') AND pg_temp.told(domain);
RESET ROLE;
SELECT to_regclass('openwiki_p.wiki');

-- what an analyst may do, and not; of the views' owner, too, nothing shows where rows cannot be hidden
SAVEPOINT here;
SET LOCAL ROLE views_reader;
SELECT count(*) FROM mediawiki.page;
ROLLBACK TO here;
SET LOCAL ROLE views_reader;
SELECT mwmirror.create_views('openwiki');
ROLLBACK TO here;
SET LOCAL ROLE views_reader;
SELECT * FROM mwmirror_all.revision;
ROLLBACK TO here;
-- but who may read all data does
GRANT pg_read_all_data TO views_reader;
SET LOCAL ROLE views_reader;
SELECT count(*) > 0 AS all_data FROM mediawiki.page WHERE wiki_id = 'shutwiki';
ROLLBACK TO here;
ALTER TABLE mediawiki.revision DISABLE ROW LEVEL SECURITY;
SELECT count(*) FROM openwiki_p.revision UNION ALL SELECT count(*) FROM mediawiki_p.revision;
ROLLBACK TO here;
DROP POLICY mwmirror_public ON mediawiki.revision;
SELECT count(*) FROM openwiki_p.revision UNION ALL SELECT count(*) FROM mediawiki_p.revision;
ROLLBACK TO here;
ALTER VIEW openwiki_p.revision OWNER TO CURRENT_USER;
SELECT count(*) FROM openwiki_p.revision;
ROLLBACK TO here;
ALTER ROLE mwmirror_views BYPASSRLS;
SELECT count(*) FROM openwiki_p.revision;
ROLLBACK TO here;
-- a policy of somebody's that is for everybody, as one is that does not say for whom, would show what ours hides; one for others does not, nor one that takes rows away
CREATE POLICY somebodys ON mediawiki.logging USING (true);
SELECT count(*) FROM openwiki_p.logging UNION ALL SELECT count(*) FROM mediawiki_p.logging;
SELECT w.table_name FROM mwmirror.guard_wanted() w WHERE NOT mwmirror.guard_stands(w.table_name, w.sign);
SELECT mwmirror.refresh_views();
ROLLBACK TO here;
CREATE POLICY somebodys ON mediawiki.logging TO mwmirror_views USING (true);
SELECT count(*) FROM openwiki_p.logging;
ALTER POLICY somebodys ON mediawiki.logging TO views_reader;
CREATE POLICY others ON mediawiki.logging AS RESTRICTIVE USING (log_id > 0);
CREATE POLICY writes ON mediawiki.logging FOR UPDATE USING (true);
SELECT count(*) > 0 AS rows, count(*) FILTER (WHERE log_type = 'suppress') AS hidden FROM openwiki_p.logging;
SELECT count(*) FROM mwmirror.guard_wanted() w WHERE NOT mwmirror.guard_stands(w.table_name, w.sign);
ROLLBACK TO here;
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'openwiki';
SELECT count(*) FROM openwiki_p.revision;
SELECT DISTINCT wiki_id FROM mediawiki_p.revision WHERE wiki_id NOT IN ('testwiki', 'tempwiki') ORDER BY 1;
ROLLBACK TO here;
-- a writer whose COPY would be refused
CREATE ROLE views_writer LOGIN IN ROLE mwmirror_writer;
SELECT mwmirror.create_views('openwiki');
ROLLBACK TO here;
GRANT SELECT ON mediawiki.page TO PUBLIC;
SELECT mwmirror.create_views('openwiki');
ROLLBACK TO here;
GRANT mwmirror_writer TO mwmirror_views;
SELECT mwmirror.create_views('openwiki');
ROLLBACK TO here;
GRANT mwmirror_views TO views_reader;
SELECT mwmirror.create_views('openwiki');
ROLLBACK TO here;

-- rules change: at the commit all views are as they say; views of others stay, and lose what is shown no more
CREATE VIEW t.on_revision AS SELECT rev_id, rev_len, rev_sha1 FROM openwiki_p.revision;
CREATE VIEW t.on_site_stats AS SELECT * FROM openwiki_p.site_stats;
GRANT SELECT ON t.on_revision TO views_reader;
DELETE FROM mwmirror.public_column WHERE table_name = 'revision' AND column_name = 'rev_len';
DELETE FROM mwmirror.public_column WHERE table_name = 'block' AND column_name = 'bl_reason_id'; -- other views name it
DELETE FROM mwmirror.public_column WHERE table_name = 'site_stats';
DELETE FROM mwmirror.public_table WHERE table_name = 'site_stats';
UPDATE mwmirror.public_column SET hidden_by = 1 WHERE table_name = 'archive' AND column_name = 'ar_id';
UPDATE mwmirror.public_table SET row_column = 'page_title', row_rule = 'none_like', row_values = '{page_title1%}' WHERE table_name = 'page';
SET LOCAL client_min_messages = error; -- that those others are gone
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL client_min_messages = warning;
SET CONSTRAINTS ALL DEFERRED;
SELECT count(rev_id) > 0 AS rows, count(rev_len) AS lengths, count(rev_sha1) > 0 AS hashes FROM t.on_revision;
SELECT count(*) FROM t.on_site_stats;
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'mediawiki_p.revision'::regclass;
SELECT to_regclass('mediawiki_p.comment_block'), string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'mediawiki_p.ipblocks'::regclass;
SELECT to_regclass('mediawiki_p.site_stats'), to_regclass('mwmirror_all.site_stats'), relrowsecurity FROM pg_class WHERE oid = 'mediawiki.site_stats'::regclass;
SELECT count(*) > 0 AS rows, count(*) FILTER (WHERE ar_id IS NULL) > 0 AS hidden FROM openwiki_p.archive;
SELECT * FROM pg_temp.differences('openwiki') WHERE of_table <> 'archive' AND too_much + too_little > 0;
SELECT mwmirror.refresh_views();
SELECT mwmirror.drop_views('openwiki');
ROLLBACK TO here;

-- who takes what a rule of rows asks is told so, and nothing changes
DELETE FROM mwmirror.public_column WHERE table_name = 'change_tag' AND column_name = 'tag';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO here;
DELETE FROM mwmirror.public_column WHERE table_name = 'block' AND column_name = 'blocked';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO here;
DELETE FROM mwmirror.public_column WHERE table_name = 'block' AND column_name = 'blocked';
DELETE FROM mwmirror.public_table WHERE table_name = 'block';
SET LOCAL client_min_messages = error; -- that other views are gone
SET CONSTRAINTS ALL IMMEDIATE;
SELECT to_regclass('openwiki_p.block'), to_regclass('openwiki_p.page');
ROLLBACK TO here;

-- of all views those alone are made anew, and locked, that are others then
CREATE TEMP TABLE before AS SELECT r.oid, r.ctid AS place FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = 'openwiki_p'::regnamespace;
UPDATE mwmirror.public_column SET hidden_by = 1 WHERE table_name = 'logging' AND column_name = 'log_id';
DELETE FROM mwmirror.public_column WHERE table_name = 'category' AND column_name = 'cat_files';
UPDATE mwmirror.public_view SET more = '{{rev_id,t.rev_id::text,"a text now"}}' WHERE view_name = 'revision_text';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT string_agg(c.relname, ' ' ORDER BY c.relname) AS made FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
	WHERE c.relnamespace = 'openwiki_p'::regnamespace AND NOT EXISTS (SELECT FROM before b WHERE b.oid = r.oid AND b.place = r.ctid);
ROLLBACK TO here;

-- a table that others ask is not public any more
DELETE FROM mwmirror.public_table WHERE table_name = 'revision';
SET LOCAL client_min_messages = error; -- that other views are gone
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL client_min_messages = warning;
SET LOCAL ROLE views_reader;
SELECT count(*) > 0 AS rows, count(rc_old_len) AS old_lengths, count(rc_new_len) > 0 AS new_lengths FROM openwiki_p.recentchanges;
ROLLBACK TO here;
DELETE FROM mwmirror.public_column WHERE table_name = 'revision' AND column_name = 'rev_id' OR table_name = 'recentchanges' AND column_name IN ('rc_last_oldid', 'rc_logid');
SET LOCAL client_min_messages = error;
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL client_min_messages = warning;
SET LOCAL ROLE views_reader;
SELECT count(*) > 0 AS rows, count(rc_old_len) > 0 AS old_lengths FROM openwiki_p.recentchanges;
ROLLBACK TO here;

-- what a restored dump makes of changed rules: shipped rows give way
UPDATE mwmirror.public_column SET hidden_by = 15 WHERE table_name = 'revision' AND column_name = 'rev_len';
DELETE FROM mwmirror.public_column WHERE table_name = 'page' AND column_name = 'page_len';
DELETE FROM mwmirror.public_table WHERE table_name = 'sites';
DELETE FROM mwmirror.public_view WHERE view_name = 'ipblocks';
INSERT INTO mwmirror.public_table (table_name, reason) VALUES ('watchlist', 'a test');
DELETE FROM mwmirror.public_table WHERE table_name = 'watchlist';
SELECT table_name, column_name, hidden_by, shipped FROM mwmirror.public_column WHERE column_name IN ('rev_len', 'page_len');
SELECT * FROM mwmirror.public_withdrawn;
ROLLBACK TO here;
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, hidden_by) VALUES ('revision', 'rev_len', 8, 15);
INSERT INTO mwmirror.public_withdrawn VALUES ('public_column', 'page', 'page_len'), ('public_table', 'sites', ''), ('public_view', 'ipblocks', '');
SELECT table_name, column_name, hidden_by, shipped FROM mwmirror.public_column WHERE column_name IN ('rev_len', 'page_len');
SELECT count(*) FROM mwmirror.public_table WHERE table_name = 'sites';
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal) VALUES ('page', 'page_len', 10);
SELECT * FROM mwmirror.public_withdrawn;
ROLLBACK TO here;

-- a table of an extension, made public, partitioned, and removed again
SELECT mwmirror.add_table('an_extension', '{"a": "bigint", "b": "text"}', '{a}');
INSERT INTO mediawiki.an_extension SELECT w, 1, 'of ' || w FROM unnest('{openwiki,shutwiki}'::text[]) w;
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal) VALUES ('an_extension', 'a', 1), ('an_extension', 'b', 2);
INSERT INTO mwmirror.public_table (table_name, reason) VALUES ('an_extension', 'a test');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT * FROM mediawiki_p.an_extension;
SELECT mwmirror.partition_by_wiki('an_extension'), mwmirror.partition_add('an_extension', 'openwiki');
SELECT * FROM mediawiki_p.an_extension;
SELECT * FROM openwiki_p.an_extension;
SELECT c.relkind, c.relrowsecurity, count(p.polname) FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relname ~ '^an_extension' AND c.relkind IN ('r', 'p') GROUP BY c.oid ORDER BY c.relname;
CREATE VIEW t.on_extension AS SELECT * FROM openwiki_p.an_extension;
SELECT mwmirror.remove_table('an_extension');
SELECT * FROM t.on_extension;
SELECT to_regclass('mediawiki_p.an_extension'), to_regclass('mwmirror_all.an_extension');
-- a wiki that goes
SELECT mwmirror.wiki_remove('openwiki');
SELECT * FROM t.on_extension;
SELECT mwmirror.wiki_remove('odd"wi''k i'), to_regnamespace('"odd""wi''k i_p"');
ROLLBACK TO here;

SELECT mwmirror.drop_views('openwiki'), mwmirror.drop_views('openwiki') AS again, mwmirror.drop_views();
SELECT schema_name FROM mwmirror.views_schemas();
ROLLBACK;
SELECT to_regnamespace('mediawiki_p'), to_regnamespace('mwmirror_all'), count(*) FROM pg_policy;
-- with a snapshot of rules that may be others by now nothing is made
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT mwmirror.create_views();
ROLLBACK;
