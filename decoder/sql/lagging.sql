-- While nobody reads the slot the tables of MediaWiki may be vacuumed, reindexed, rewritten and dropped.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET client_min_messages = warning;
SELECT 1 FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
CREATE FUNCTION t.history(first int, s int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. first + 4 LOOP
		PERFORM t.page(i, 0, 'Lagging_' || i, 12000 + 10 * i, 1, 'one ' || i, s, CASE WHEN i = first THEN 'Lagging_' || first + 1 END), t.mark(s);
		PERFORM t.edit(i, 12001 + 10 * i, 2, repeat('two ', 2000), s), t.mark(s + 1);
	END LOOP;
	PERFORM t.delete(first), t.log(first, 'delete', 'delete', 1, 'gone', 0, 'Lagging_' || first, first, s + 2), t.mark(s + 2);
END$$;
SELECT t.history(30000, 900);
CREATE TABLE t.before AS SELECT row_number() OVER () AS n, t.noted(data) AS data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text');
SELECT count(*) FROM t.before WHERE t.shown(data);
CREATE FUNCTION t.same() RETURNS TABLE (events bigint, differences bigint) LANGUAGE sql AS $$
	SELECT count(*) FILTER (WHERE t.shown(b.data)), count(*) FILTER (WHERE b.data IS DISTINCT FROM p.data)
	FROM t.before b FULL JOIN pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text') WITH ORDINALITY p(lsn, xid, data, n) USING (n)
$$;
-- rows change, and their old versions go
UPDATE mediawiki.actor SET actor_name = 'Another';
UPDATE mediawiki."user" SET user_editcount = user_editcount + 1;
UPDATE mediawiki.comment SET comment_text = 'another';
VACUUM (FREEZE) mediawiki.actor, mediawiki."user", mediawiki.comment, mediawiki.page, mediawiki.revision;
SELECT * FROM t.same();
REINDEX TABLE mediawiki.page;
REINDEX TABLE CONCURRENTLY mediawiki.revision;
VACUUM FULL mediawiki.page, mediawiki.revision, mediawiki.comment;
CLUSTER mediawiki.actor USING actor_pkey;
SELECT * FROM t.same();
ALTER TABLE mediawiki.revision ALTER COLUMN rev_len TYPE integer;
ALTER TABLE mediawiki.content DROP COLUMN content_sha1;
ALTER TABLE mediawiki.slots SET TABLESPACE pg_default, SET (fillfactor = 50);
DROP INDEX mediawiki.ar_revid;
SELECT * FROM t.same();
TRUNCATE mediawiki.comment;
DO $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('ALTER EXTENSION mwmirror DROP TABLE %s', name);
		EXECUTE format('DROP TABLE %s CASCADE', name);
	END LOOP;
END$$;
SELECT * FROM t.same();
SELECT pg_drop_replication_slot('regression_slot');
