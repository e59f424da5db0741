-- mwmirror.apply on tables that are more than columns and a key, and that change between calls
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT always
SELECT name ~ '^mwmirror/\d+/test/follow$' AS set_up FROM t.take_origin('test') name;

-- constraints, defaults that are computed, generated columns, lengths
CREATE SEQUENCE b.numbers;
CREATE DOMAIN b.small AS integer CHECK (VALUE < 100);
CREATE TABLE mediawiki.extra (
	dropped int,
	id bigint PRIMARY KEY,
	short varchar(3),
	fixed char(4),
	amount numeric(4, 1) CHECK (amount >= 0),
	little b.small,
	number bigint DEFAULT nextval('b.numbers'),
	filled text NOT NULL DEFAULT 'a' || 'b',
	twice numeric GENERATED ALWAYS AS (amount * 2) STORED,
	own bigint GENERATED ALWAYS AS IDENTITY,
	long text
);
ALTER TABLE mediawiki.extra DROP COLUMN dropped;
CREATE FUNCTION b.extra() RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.shape('mediawiki.extra', 1, 'id', 'short', 'fixed', 'amount', 'little', 'number', 'filled')$$;
SELECT mwmirror.apply(b.one(b.extra(),
	b.change('I', 0, 0, b.v(1::bigint), b.v('abc'), b.v('x'), b.v(numeric_send(1.26)), b.v(5), b.absent(), b.absent()),
	b.change('I', 0, 0, b.v(2::bigint), b.absent(), b.absent(), b.absent(), b.absent(), b.v(70::bigint), b.v('f')),
	b.change('I', 0, 0, b.v(3::bigint), b.absent(), b.absent(), b.absent(), b.absent(), b.absent(), b.absent()),
	b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.v(numeric_send(2)), b.absent(), b.absent(), b.absent())));
SELECT * FROM mediawiki.extra ORDER BY id;
SELECT mwmirror.apply(b.one(b.extra(), b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.v('abcd'), b.absent(), b.absent(), b.absent(), b.absent(), b.absent())));
SELECT mwmirror.apply(b.one(b.extra(), b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.v(numeric_send(-1)), b.absent(), b.absent(), b.absent())));
SELECT mwmirror.apply(b.one(b.extra(), b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.absent(), b.v(100), b.absent(), b.absent())));
SELECT mwmirror.apply(b.one(b.extra(), b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.absent(), b.absent(), b.absent(), b.v(NULL::bytea))));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'twice'), b.change('I', 0, 0, b.v(4::bigint), b.v(1))));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'dropped'), b.change('I', 0, 0, b.v(4::bigint), b.v(1))));

-- what is kept of a shape follows the table
ALTER TABLE mediawiki.extra ALTER COLUMN filled SET DEFAULT 'new', ADD COLUMN later text DEFAULT 'l', ALTER COLUMN short TYPE varchar(5);
SELECT mwmirror.apply(b.one(b.extra(),
	b.change('I', 0, 0, b.v(4::bigint), b.v('abcde'), b.absent(), b.absent(), b.absent(), b.v(4::bigint), b.absent())));
ALTER TABLE mediawiki.extra DROP CONSTRAINT extra_pkey;
CREATE INDEX extra_number ON mediawiki.extra (number);
SELECT mwmirror.apply(b.one(b.extra(),
	b.change('U', 0, 0, b.v(4::bigint), b.absent(), b.v('edcba'), b.absent(), b.absent(), b.absent(), b.absent(), b.absent())));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 2, 'number', 'id', 'short'),
	b.change('U', 0, 0, b.v(4::bigint), b.v(4::bigint), b.absent(), b.absent(), b.v('five')),
	b.change('U', 0, 0, b.v(4::bigint), b.v(3::bigint), b.absent(), b.absent(), b.v('five'))));
ALTER TABLE mediawiki.extra ADD PRIMARY KEY (id);
SELECT mwmirror.apply(b.one(b.extra(),
	b.change('U', 0, 0, b.v(4::bigint), b.absent(), b.v('four'), b.absent(), b.absent(), b.absent(), b.absent(), b.absent())));
SELECT id, short, filled, later FROM mediawiki.extra ORDER BY id;
ALTER TABLE mediawiki.extra RENAME COLUMN short TO brief;
SELECT mwmirror.apply(b.one(b.extra(), b.change('D', 0, 0, b.v(4::bigint))));
ALTER TABLE mediawiki.extra RENAME COLUMN brief TO short;
BEGIN;
ALTER TABLE mediawiki.extra RENAME TO old_extra;
CREATE TABLE mediawiki.extra (LIKE mediawiki.old_extra INCLUDING ALL);
SELECT mwmirror.apply(b.one(b.extra(), b.change('I', 0, 0, b.v(9::bigint), b.absent(), b.absent(), b.absent(), b.absent(), b.absent(), b.v('x'))));
SELECT (SELECT count(*) FROM mediawiki.extra) AS new, (SELECT count(*) FROM mediawiki.old_extra) AS old;
ROLLBACK;
SELECT mwmirror.apply(b.one(b.extra(), b.change('D', 0, 0, b.v(4::bigint))));
SELECT count(*) FROM mediawiki.extra;

-- a long value that an update leaves alone; all of a row goes to where the slot of the old one was
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'long', 'short'),
	b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.v((SELECT string_agg(md5(g::text), '') FROM generate_series(1, 1000) g)), b.absent()),
	b.change('U', 0, 0, b.v(1::bigint), b.absent(), b.absent(), b.v('new'))));
SELECT short, length(long), md5(long) = md5((SELECT string_agg(md5(g::text), '') FROM generate_series(1, 1000) g)) AS same,
	pg_column_size(long) > 2000 AS toasted FROM mediawiki.extra WHERE id = 1;

-- triggers: before, after, of a column; they see what was written before
CREATE TABLE b.seen (what text);
CREATE FUNCTION b.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO b.seen VALUES (format('%s %s %s %s', TG_NAME, TG_WHEN, TG_OP, (SELECT count(*) FROM mediawiki.extra)));
	IF TG_OP = 'INSERT' AND TG_WHEN = 'BEFORE' THEN
		NEW.filled := 'by trigger';
	END IF;
	RETURN coalesce(NEW, OLD);
END$$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON mediawiki.extra FOR EACH ROW EXECUTE FUNCTION b.tell();
CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE ON mediawiki.extra FOR EACH ROW EXECUTE FUNCTION b.tell();
CREATE TRIGGER c AFTER UPDATE OF short ON mediawiki.extra FOR EACH ROW EXECUTE FUNCTION b.tell();
SELECT mwmirror.apply(b.one(b.extra(),
	b.change('I', 0, 0, b.v(5::bigint), b.v('abc'), b.absent(), b.absent(), b.absent(), b.absent(), b.absent()),
	b.change('U', 0, 0, b.v(5::bigint), b.absent(), b.absent(), b.v('y'), b.absent(), b.absent(), b.absent(), b.absent()),
	b.change('U', 0, 0, b.v(5::bigint), b.absent(), b.v('z'), b.absent(), b.absent(), b.absent(), b.absent(), b.absent()),
	b.change('D', 0, 0, b.v(2::bigint))));
SELECT * FROM b.seen;
SELECT id, short, filled FROM mediawiki.extra ORDER BY id;
-- one that calls the function again
CREATE FUNCTION b.again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mwmirror.apply(b.batch('{}'));
	RETURN NULL;
END$$;
CREATE TRIGGER d AFTER DELETE ON mediawiki.extra FOR EACH ROW EXECUTE FUNCTION b.again();
SELECT mwmirror.apply(b.one(b.extra(), b.change('D', 0, 0, b.v(5::bigint))));
DROP TRIGGER d ON mediawiki.extra;
SELECT mwmirror.apply(b.one(b.extra(), b.change('D', 0, 0, b.v(5::bigint))));
DROP TABLE mediawiki.extra;
SELECT mwmirror.apply(b.one(b.extra(), b.change('D', 0, 0, b.v(5::bigint))));

-- an index of expressions or with a condition is no key
CREATE TABLE mediawiki.extra (id bigint, name text);
CREATE UNIQUE INDEX ON mediawiki.extra (id) WHERE id > 10;
CREATE UNIQUE INDEX ON mediawiki.extra (id, lower(name));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'name'),
	b.change('I', 0, 0, b.v(1::bigint), b.v('A')), b.change('I', 0, 0, b.v(1::bigint), b.v('B')), b.change('I', 0, 0, b.v(11::bigint), b.v('C')),
	b.change('U', 4, 0, b.v(1::bigint), b.v(2::bigint), b.absent()), b.change('D', 0, 0, b.v(11::bigint))));
SELECT * FROM mediawiki.extra ORDER BY name;
DROP TABLE mediawiki.extra;

-- a deferred key
CREATE TABLE mediawiki.extra (id bigint PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, name text);
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'name'),
	b.change('I', 0, 0, b.v(1::bigint), b.v('A')), b.change('I', 0, 0, b.v(1::bigint), b.v('B')), b.change('D', 0, 0, b.v(1::bigint))));
SELECT count(*) FROM mediawiki.extra;
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'name'), b.change('I', 0, 0, b.v(1::bigint), b.v('C'))));
DROP TABLE mediawiki.extra;

-- partitions, one with its columns in another order
CREATE TABLE mediawiki.extra (wiki_id text COLLATE "C" NOT NULL, id bigint NOT NULL, name text DEFAULT 'none', PRIMARY KEY (wiki_id, id))
	PARTITION BY LIST (wiki_id);
CREATE TABLE b.part_a PARTITION OF mediawiki.extra FOR VALUES IN ('a');
CREATE TABLE b.part_b (gone int, name text, id bigint NOT NULL, wiki_id text COLLATE "C" NOT NULL);
ALTER TABLE b.part_b DROP COLUMN gone;
ALTER TABLE mediawiki.extra ATTACH PARTITION b.part_b FOR VALUES IN ('b');
CREATE FUNCTION b.parted() RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.shape('mediawiki.extra', 2, 'wiki_id', 'id', 'name')$$;
SELECT mwmirror.apply(b.one(b.parted(),
	b.change('I', 0, 0, b.v('a'), b.v(1::bigint), b.v('A')),
	b.change('I', 0, 0, b.v('b'), b.v(1::bigint), b.v('B')),
	b.change('I', 0, 0, b.v('b'), b.v(2::bigint), b.absent()),
	b.change('U', 0, 0, b.v('b'), b.v(1::bigint), b.absent(), b.absent(), b.v('BB')),
	b.change('U', 0, 0, b.v('b'), b.v(2::bigint), b.v('a'), b.absent(), b.absent()),
	b.change('U', 0, 0, b.v('a'), b.v(1::bigint), b.v('b'), b.v(7::bigint), b.absent()),
	b.change('I', 1, 0, b.v('b'), b.v(1::bigint), b.v('BBB')),
	b.change('D', 0, 0, b.v('b'), b.v(7::bigint))));
SELECT tableoid::regclass, * FROM mediawiki.extra ORDER BY wiki_id, id;
SELECT mwmirror.apply(b.one(b.parted(), b.change('I', 0, 0, b.v('c'), b.v(1::bigint), b.v('C'))));
SELECT mwmirror.apply(b.one(b.parted(), b.change('D', 0, 0, b.v('a'), b.v(1::bigint))));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id', 'wiki_id'), b.change('D', 0, 0, b.v(1::bigint))));
SELECT mwmirror.apply(b.one(b.parted(), b.change('D', 4, 0, b.absent(), b.v(1::bigint))));
ALTER TABLE mediawiki.extra DETACH PARTITION b.part_b;
SELECT mwmirror.apply(b.one(b.parted(), b.change('D', 0, 0, b.v('b'), b.v(1::bigint))));
ALTER TABLE mediawiki.extra ATTACH PARTITION b.part_b FOR VALUES IN ('b');
SELECT mwmirror.apply(b.one(b.parted(), b.change('D', 0, 0, b.v('b'), b.v(1::bigint))));
CREATE TABLE b.part_c PARTITION OF mediawiki.extra FOR VALUES IN ('c') PARTITION BY LIST (id);
SELECT mwmirror.apply(b.one(b.parted(), b.change('D', 0, 0, b.v('b'), b.v(1::bigint))));
DROP TABLE mediawiki.extra;

-- views are no tables, and what logical decoding would not carry is not written
CREATE VIEW mediawiki.extra AS SELECT 1 AS id;
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id'), b.change('D', 0, 0, b.v(1))));
DROP VIEW mediawiki.extra;
CREATE TABLE mediawiki.extra (id bigint);
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id'), b.change('I', 0, 0, b.v(1::bigint))));
CREATE PUBLICATION extra FOR TABLE mediawiki.extra;
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id'), b.change('D', 0, 0, b.v(1::bigint))));
DROP PUBLICATION extra;
SELECT mwmirror.apply(b.one(b.shape('mediawiki.extra', 1, 'id'), b.change('D', 0, 0, b.v(1::bigint))));
DROP TABLE mediawiki.extra;
