-- Rows that miss what they name: the event goes out without it.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT t.follow();
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 201, 999, 'No account row'), ('testwiki', 202, NULL, NULL);
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES
	('testwiki', 150, 0, 'No_user', 990), ('testwiki', 151, 0, 'No_actor', 991), ('testwiki', 152, 0, 'No_revision', 992),
	('testwiki', 153, 0, 'Nulls', 993), ('testwiki', 154, 0, NULL, 994);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_comment_id, rev_timestamp, rev_deleted) VALUES
	('testwiki', 990, 150, 201, 0, t.at(240), 0), ('testwiki', 991, 151, 202, 123456789, 'infinity', NULL),
	('testwiki', 993, 153, NULL, NULL, NULL, NULL), ('testwiki', 994, 154, 99999, 0, '-infinity', 0);
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES
	('testwiki', 990, 1, 123456789, 990), ('testwiki', 990, 77, 1, 990), ('testwiki', 993, 1, NULL, NULL);
SELECT t.mark(240);
COMMIT;
SELECT e - 'meta' - '$schema' AS event FROM t.events() e;
