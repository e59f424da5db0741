-- meta.id: of (source, GTID, stream, number, wiki); nothing else in the source transaction changes it.
\pset format unaligned
\pset footer off
SELECT t.follow();
CREATE FUNCTION t.other_wiki(p bigint, rev bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit,
			rev_deleted, rev_len, rev_parent_id, rev_sha1)
		VALUES ('tempwiki', rev, p, 0, 1, t.at(600), false, 0, 1, 0, 'sha1');
	INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest)
		VALUES ('tempwiki', p, 0, 'Other_' || p, rev);
$$;
-- events of another wiki between those of this one
BEGIN;
SELECT t.other_wiki(61, 61);
SELECT t.page(6600, 0, 'Identity_600', 36000, 1, 'c', 600);
SELECT t.other_wiki(62, 62);
SELECT t.page(6601, 0, 'Identity_601', 36001, 1, 'c', 600);
SELECT t.mark(600, '{testwiki,tempwiki}');
COMMIT;
CREATE TEMP TABLE mixed AS SELECT e->>'wiki_id' AS wiki, e->'page'->>'page_id' AS page, e->'meta'->>'id' AS id FROM t.events() e;
SELECT * FROM mixed;
-- one wiki alone: the same ids
BEGIN;
SELECT t.page(6602, 0, 'Identity_602', 36002, 1, 'c', 600);
SELECT t.page(6603, 0, 'Identity_603', 36003, 1, 'c', 600);
SELECT t.mark(600, '{testwiki}');
COMMIT;
CREATE TEMP TABLE alone AS SELECT row_number() OVER () AS number, e->'meta'->>'id' AS id FROM t.events() e;
SELECT count(*) FROM alone JOIN mixed USING (id) WHERE wiki = 'testwiki' AND page::int = 6599 + number;
-- the next GTID, or the same of another source: other ids
BEGIN;
SELECT t.page(6604, 0, 'Identity_604', 36004, 1, 'c', 600);
SELECT t.mark(601);
COMMIT;
SELECT t.follow('test.2');
BEGIN;
SELECT t.page(6605, 0, 'Identity_605', 36005, 1, 'c', 600);
SELECT t.mark(600, source => 'test.2');
COMMIT;
SELECT e->'page'->>'page_id' AS page, e->'meta'->>'id' AS id, EXISTS (SELECT FROM mixed WHERE id = e->'meta'->>'id') AS taken FROM t.events() e;
