-- Subtransactions: what is rolled back leaves nothing, what is released counts; a whole transaction rolled back is silent.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SAVEPOINT a;
SELECT t.page(90, 0, 'Kept', 800, 1, 'kept', 160);
RELEASE a;
SAVEPOINT b;
SELECT t.page(91, 0, 'Rolled_back', 801, 1, 'gone', 160);
SELECT t.mark(160);
ROLLBACK TO b;
SAVEPOINT c;
INSERT INTO mediawiki.actor VALUES ('testwiki', 91, NULL, 'In a subtransaction');
SAVEPOINT d;
SELECT t.edit(90, 802, 91, 'kept too', 161);
RELEASE d;
RELEASE c;
SELECT t.mark(161);
COMMIT;
BEGIN;
SELECT t.page(92, 0, 'Never', 803, 1, 'never', 162);
SELECT t.mark(162);
ROLLBACK;
SELECT CASE WHEN l ~ '^(BEGIN|COMMIT)' THEN l ELSE (substring(l FROM '^\S+ \S+ (.*)$')::jsonb #>> '{revision,editor,user_text}') END AS line FROM t.lines() l;

-- prepared transactions come as plain ones
BEGIN;
SELECT t.page(93, 0, 'Prepared', 804, 1, 'c', 163);
SELECT t.mark(163);
PREPARE TRANSACTION 'mwmirror_test';
SELECT count(*) FROM t.lines();
COMMIT PREPARED 'mwmirror_test';
SELECT e->'page'->>'page_title' AS title FROM t.events() e;

-- more than logical_decoding_work_mem: it spills, and is the same
BEGIN;
SELECT count(t.page(1000 + i, 0, 'Spilled_' || i, 10000 + i, 1, repeat('x', 100), 164)) FROM generate_series(1, 2000) i;
SELECT t.mark(164);
COMMIT;
SELECT count(*) AS events, count(DISTINCT e->'page'->'page_id') AS pages, min(e->'revision'->>'comment') = repeat('x', 100) AS comment FROM t.events() e;
