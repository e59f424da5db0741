-- mediawiki.page-restrictions-change: pages that are protected, by hand or by a move, and what expires.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-restrictions-change';
CREATE FUNCTION t.restrict(p bigint, id bigint, type text, level text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level, pr_cascade, pr_expiry)
		VALUES ('testwiki', id, p, type, level, false, 'infinity')$$;
CREATE FUNCTION t.free(p bigint) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_page = p$$;
CREATE FUNCTION t.dummy(p bigint, rev bigint, comment text, s int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM t.revision(rev, p, 1, comment, rev - 1, s, content => 8843000);
	UPDATE mediawiki.page SET page_latest = rev WHERE wiki_id = 'testwiki' AND page_id = p;
END$$;
SELECT t.page(887100, 0, 'Protected', 8842000, 1, 'made', 720), t.page(887101, 6, 'File.png', 8842050, 1, 'made', 720), t.mark(720);
SELECT * FROM t.lines();

-- by hand, as MediaWiki writes it
BEGIN;
SELECT t.dummy(887100, 8842001, 'Protected "Protected": keep', 721);
SELECT t.restrict(887100, 1, 'edit', 'sysop'), t.log(70100, 'protect', 'protect', 1, 'keep', 0, 'Protected', 887100, 721), t.mark(721);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;
-- another level and another type; all rows are written anew
BEGIN;
SELECT t.dummy(887100, 8842002, 'Changed', 722);
SELECT t.free(887100), t.restrict(887100, 2, 'edit', 'autoconfirmed'), t.restrict(887100, 3, 'move', 'sysop'), t.restrict(887100, 4, 'made-up', 'sysop'),
	t.log(70101, 'protect', 'modify', 2, 'less', 0, 'Protected', 887100, 722), t.mark(722);
-- only the expiry; the rows of other types stay as they are
UPDATE mediawiki.page_restrictions SET pr_expiry = '2030-01-01' WHERE wiki_id = 'testwiki' AND pr_id = 3;
SELECT t.log(70102, 'protect', 'modify', 1, '', 0, 'Protected', 887100, 723), t.mark(723);
-- what is hidden of the entry is not said
UPDATE mediawiki.page_restrictions SET pr_level = 'sysop' WHERE wiki_id = 'testwiki' AND pr_id = 2;
SELECT t.log(70103, 'protect', 'modify', 1, 'CANARY reason', 0, 'Protected', 887100, 724);
UPDATE mediawiki.logging SET log_deleted = 6 WHERE wiki_id = 'testwiki' AND log_id = 70103;
SELECT t.mark(724);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- what expires, and what a script changes, is not logged: not told of in parity modes
CREATE FUNCTION t.peeked(mode text) RETURNS SETOF jsonb LANGUAGE sql AS
	$$SELECT substring(data FROM '^\S+ \S+ (.*)$')::jsonb FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode)
		WHERE data ~ '^mediawiki.page-restrictions-change'$$;
BEGIN;
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_id = 4;
SELECT t.mark(725);
UPDATE mediawiki.page_restrictions SET pr_expiry = 'infinity' WHERE wiki_id = 'testwiki' AND pr_id = 3;
SELECT t.mark(726);
COMMIT;
SELECT e FROM t.peeked('parity') e;
SELECT e - 'meta' FROM t.events() e;

-- a move takes protection along to the redirect that it leaves: its reason and performer
BEGIN;
UPDATE mediawiki.page SET page_title = 'Elsewhere' WHERE wiki_id = 'testwiki' AND page_id = 887100;
SELECT t.dummy(887100, 8842003, 'moved', 727);
SELECT t.page(887102, 0, 'Protected', 8842010, 1, 'moved', 727, 'Elsewhere');
SELECT t.log(70104, 'move', 'move', 2, 'a better name', 0, 'Protected', 887100, 727),
	t.restrict(887102, 5, 'edit', 'sysop'), t.restrict(887102, 6, 'move', 'sysop'),
	t.log(70105, 'protect', 'move_prot', 2, 'moved', 0, 'Elsewhere', 887100, 727), t.mark(727);
COMMIT;
SELECT e FROM t.peeked('parity') e;
SELECT e - 'meta' FROM t.events() e;

-- all at an end, a file, and what is gone within its source transaction
BEGIN;
SELECT t.free(887100), t.log(70106, 'protect', 'unprotect', 1, 'enough', 0, 'Elsewhere', 887100, 728), t.mark(728);
SELECT t.restrict(887101, 7, 'upload', 'sysop'), t.log(70107, 'protect', 'protect', 1, 'keep', 6, 'File.png', 887101, 729), t.mark(729);
SELECT t.restrict(887100, 8, 'edit', 'sysop'), t.free(887100), t.mark(730);
COMMIT;
SELECT count(*) FROM t.peeked('parity-1.45');
SELECT e - 'meta' FROM t.events() e;

-- a page that is deleted: its rows go later, and say nothing
BEGIN;
SELECT t.delete(887101), t.log(70108, 'delete', 'delete', 1, 'rm', 6, 'File.png', 0, 731), t.mark(731);
SELECT t.free(887101), t.mark(732);
COMMIT;
SELECT * FROM t.lines();

-- rows that no wiki has: no type, no level, one type twice, a page that is not known
BEGIN;
SELECT t.restrict(887100, 10, NULL, 'sysop'), t.restrict(887100, 11, 'edit', NULL), t.restrict(887100, 12, 'edit', 'one'), t.restrict(887100, 13, 'edit', 'two'),
	t.restrict(887199, 14, 'edit', 'sysop'), t.restrict(0, 15, 'edit', 'sysop'), t.restrict(887100, 16, E'q"\\\x01', ''), t.mark(733);
COMMIT;
SELECT e - 'meta' FROM t.events() e;
BEGIN;
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki';
SELECT t.mark(734);
COMMIT;
SELECT e->'page_restrictions' FROM t.events() e;

-- a script commits rows and log entry each by itself: in parity modes the entry tells of the whole. One of a title has no page
SELECT t.restrict(887100, 17, 'edit', 'sysop'), t.mark(735);
SELECT t.restrict(887100, 18, 'move', 'sysop'), t.mark(736);
SELECT t.log(70195, 'protect', 'protect', 1, 'by script', 0, 'Elsewhere', 887100, 737), t.mark(737);
SELECT t.free(887100), t.mark(738);
SELECT t.log(70196, 'protect', 'unprotect', 1, 'by script', 0, 'Elsewhere', 887100, 739), t.log(70197, 'protect', 'protect', 1, 'of a title', 0, 'Nowhere', 0, 739),
	t.mark(739);
SELECT e->'page_restrictions', e->'reason', e ? 'performer' FROM t.peeked('parity') e;
SELECT e->'page_restrictions', e->'reason', e ? 'performer' FROM t.events() e;
