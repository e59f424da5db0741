-- Batches that are cut, altered or made up: an error or a result, and the server goes on
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT name ~ '^mwmirror/\d+/test/follow$' AS set_up FROM t.take_origin('test') name;

-- each kind of mistake
SELECT mwmirror.apply('');
\echo :SQLSTATE
SELECT mwmirror.apply('\x02');
SELECT mwmirror.apply('\x01');
SELECT mwmirror.apply('\x0100');
SELECT mwmirror.apply('\x010200');
SELECT mwmirror.apply('\x01008108');
SELECT mwmirror.apply('\x01008000');
SELECT mwmirror.apply('\x0100ffffffff1f');
SELECT mwmirror.apply('\x0100ffffffffff');
SELECT mwmirror.apply('\x010001' || b.text('mediawiki') || '\x00');
SELECT mwmirror.apply('\x010001' || b.text('mediawiki') || b.text(repeat('x', 64)));
SELECT mwmirror.apply('\x010001' || b.text('mediawiki') || b.text('page') || '\x0000');
SELECT mwmirror.apply('\x010001' || b.text('mediawiki') || b.text('page') || '\x0201' || b.text('wiki_id'));
SELECT mwmirror.apply('\x010001' || b.text('mediawiki') || b.text('page') || '\x00c10c');
SELECT mwmirror.apply('\x010001' || b.n(4) || '\x6d00ff6d' || b.text('page') || '\x0001' || b.text('wiki_id'));
SELECT mwmirror.apply('\x010000' || convert_to('Z', 'UTF8'));
SELECT mwmirror.apply(b.one(b.page(), b.change('I', 2, 0, b.absent())));
SELECT mwmirror.apply(b.one(b.page(), b.change('D', 1, 0, b.absent())));
SELECT mwmirror.apply(b.one(b.page(), b.change('I', 0, 1, b.absent())));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.page', 0, 'wiki_id'), b.change('D', 4, 0, b.v('w'))));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.page', 0, 'wiki_id'), b.change('I', 1, 0, b.v('w'))));
SELECT mwmirror.apply(b.one(b.page(), b.change('D', 0, 0, b.keep('w'), b.v(1::bigint))));
SELECT mwmirror.apply(b.one(b.page(), b.change('D', 0, 0, '\x0541', b.v(1::bigint))));
SELECT mwmirror.apply(b.one(b.page(), b.change('D', 0, 0, '\xfcffffff0f41')));
SELECT mwmirror.apply(b.batch(ARRAY[b.page()], b.raw(b.change('D', 2, 0, b.v('w'), b.v(1::bigint)), 1)));
SELECT mwmirror.apply(b.batch('{}', b.raw('E' || b.text(E'U 0-1-1 1 test\n'))));
SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text('0-1-1')), b.raw('G' || b.text('0-1-2'))));
SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text('0-1-x'))));
SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text(repeat('1', 43)))));
SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text('0-1-1')), b.raw('E' || b.text(E'U 0-1-2 1 test\n'))));
SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text('0-1-1')), b.raw('E' || b.text('U 0-1-1 1 test'))));

SELECT mwmirror.apply(b.batch('{}', b.raw('G' || b.text('0-1-1')), b.raw('E' || b.text(E'U 0-1-1 1 another\n'))));
SELECT mwmirror.apply(b.batch(ARRAY[b.page()], b.raw('G' || b.text('0-1-1') || b.change('D', 2, 0, b.v('w'), b.v(1::bigint)), 2)));
SELECT mwmirror.apply('\x010000' || convert_to('Z', 'UTF8') || '\x0000');
SELECT mwmirror.apply('\x010000');

-- a batch of everything, cut after each byte, and with bytes altered by chance: how often which error
CREATE FUNCTION b.everything() RETURNS bytea LANGUAGE sql AS $$
	SELECT b.batch(ARRAY[b.page(), b.restriction(), b.shape('mediawiki.user_newtalk', 4, 'wiki_id', 'user_id', 'user_ip', 'user_last_timestamp')],
		b.source('0-1-1',
			b.change('I', 1, 0, b.v('w'), b.v(1::bigint), b.v(0), b.v('One'), b.v(NULL::bytea)),
			b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.v(4), b.v('x'), b.absent()),
			b.change('I', 0, 1, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop')),
			b.change('I', 0, 2, b.v('w'), b.v(1::bigint), b.v('x'), b.v(NULL::bytea))),
		b.source('0-1-2',
			b.change('D', 0, 2, b.v('w'), b.v(1::bigint), b.v('x'), b.v(NULL::bytea)),
			b.change('D', 2, 1, b.v('w'), b.v(1::bigint)),
			b.change('D', 4, 0, b.v('w'), b.v(1::bigint))))$$;
CREATE FUNCTION b.try(batch bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mwmirror.apply(batch);
	RAISE EXCEPTION USING ERRCODE = 'TX000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END$$;
SELECT mwmirror.apply(b.everything());
SELECT state, count(*) = octet_length(b.everything()) AS "all"
	FROM (SELECT b.try(substr(b.everything(), 1, length)) AS state FROM generate_series(0, octet_length(b.everything()) - 1) length) s
	GROUP BY state;
SELECT setseed(0.5);
CREATE FUNCTION b.alter_some(batch bytea) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 0 .. floor(random() ^ 3 * 6) LOOP
		IF random() < 0.2 THEN
			batch := overlay(batch PLACING substr(batch, 1 + floor(random() * octet_length(batch))::int, floor(random() * 8)::int)
				FROM 1 + floor(random() * octet_length(batch))::int FOR floor(random() * 8)::int);
		ELSE
			batch := set_byte(batch, floor(random() * octet_length(batch))::int,
				(CASE WHEN random() < 0.5 THEN floor(random() * 256) ELSE floor(random() * 8) END)::int);
		END IF;
	END LOOP;
	RETURN batch;
END$$;
CREATE TEMPORARY TABLE tried AS SELECT b.try(b.alter_some(b.everything())) AS state FROM generate_series(1, 4000);
SELECT state, count(*) > 0 AS some FROM tried WHERE state IN ('MWA02', 'TX000', 'MWA01', '22021', '42P01', '42703', '22P03') GROUP BY state ORDER BY state;
SELECT count(*) AS strange FROM tried WHERE state LIKE 'XX%';
SELECT mwmirror.apply(b.everything());
