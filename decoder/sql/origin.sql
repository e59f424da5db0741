-- The snapshot's origin is left out, any other is not.
\pset format unaligned
\pset footer off
SELECT 1 FROM pg_replication_origin_create('mwmirror_snapshot');
SELECT 1 FROM pg_replication_origin_create('another');
SELECT pg_replication_origin_session_setup('mwmirror_snapshot');
BEGIN;
SELECT t.page(110, 0, 'Copied', 950, 1, 'c', 200);
SELECT t.mark(200);
COMMIT;
SELECT pg_replication_origin_session_reset();
SELECT pg_replication_origin_session_setup('another');
BEGIN;
SELECT t.page(111, 0, 'Replicated', 951, 1, 'c', 201);
SELECT t.mark(201);
COMMIT;
SELECT pg_replication_origin_session_reset();
-- what was copied is there for lookups
BEGIN;
SELECT t.edit(110, 952, 1, 'd', 202);
SELECT t.mark(202);
COMMIT;
SELECT e->'page'->>'page_title' AS title, e->>'page_change_kind' AS kind, e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e;
SELECT pg_replication_origin_drop('mwmirror_snapshot');
SELECT pg_replication_origin_drop('another');
