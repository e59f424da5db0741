-- Views in MariaDB as Wikimedia's replicas have them (tests/data/wmf-sanitization/views.tsv), of the tables that the queries of data/quarry read and of which
-- something is hidden; all other tables have a view of all of it. Tables have the shape of the mirror: link targets of categories and files by their ids.
CREATE OR REPLACE VIEW actor AS SELECT * FROM source.actor a WHERE a.actor_user IS NULL OR NOT EXISTS (SELECT 1 FROM source.block JOIN source.block_target ON bt_id = bl_target WHERE bl_deleted = 1 AND bt_user = a.actor_user);
CREATE OR REPLACE VIEW actor_revision AS SELECT * FROM source.actor WHERE EXISTS (SELECT 1 FROM source.revision WHERE rev_actor = actor_id AND rev_deleted & 4 = 0);
CREATE OR REPLACE VIEW actor_logging AS SELECT * FROM source.actor WHERE EXISTS (SELECT 1 FROM source.logging WHERE log_actor = actor_id AND log_deleted & 4 = 0 AND log_type <> 'suppress');
CREATE OR REPLACE VIEW comment_revision AS SELECT * FROM source.comment WHERE EXISTS (SELECT 1 FROM source.revision WHERE rev_comment_id = comment_id AND rev_deleted & 2 = 0);
CREATE OR REPLACE VIEW comment_logging AS SELECT * FROM source.comment WHERE EXISTS (SELECT 1 FROM source.logging WHERE log_comment_id = comment_id AND log_deleted & 2 = 0 AND log_type <> 'suppress');
CREATE OR REPLACE VIEW revision AS SELECT rev_id, rev_page, IF(rev_deleted & 2, NULL, rev_comment_id) AS rev_comment_id, IF(rev_deleted & 4, NULL, rev_actor) AS rev_actor, rev_timestamp,
	rev_minor_edit, rev_deleted, IF(rev_deleted & 1, NULL, rev_len) AS rev_len, rev_parent_id, IF(rev_deleted & 1, NULL, rev_sha1) AS rev_sha1 FROM source.revision;
CREATE OR REPLACE VIEW revision_userindex AS SELECT rev_id, rev_page, IF(rev_deleted & 2, NULL, rev_comment_id) AS rev_comment_id, rev_actor, rev_timestamp,
	rev_minor_edit, rev_deleted, IF(rev_deleted & 1, NULL, rev_len) AS rev_len, rev_parent_id, IF(rev_deleted & 1, NULL, rev_sha1) AS rev_sha1 FROM source.revision WHERE rev_deleted & 4 = 0;
CREATE OR REPLACE VIEW logging AS SELECT log_id, log_type, IF(log_deleted & 1, NULL, log_action) AS log_action, log_timestamp, IF(log_deleted & 4, NULL, log_actor) AS log_actor,
	IF(log_deleted & 1, NULL, log_namespace) AS log_namespace, IF(log_deleted & 1, NULL, log_title) AS log_title, IF(log_deleted & 2, NULL, log_comment_id) AS log_comment_id,
	IF(log_deleted & 1, NULL, log_params) AS log_params, log_deleted, IF(log_deleted & 1, NULL, log_page) AS log_page FROM source.logging WHERE log_type <> 'suppress';
CREATE OR REPLACE VIEW logging_logindex AS SELECT * FROM logging WHERE log_deleted & 1 = 0;
CREATE OR REPLACE VIEW archive AS SELECT ar_id, IF(ar_deleted & 8, NULL, ar_namespace) AS ar_namespace, IF(ar_deleted & 8, NULL, ar_title) AS ar_title, ar_timestamp, ar_minor_edit, ar_rev_id, ar_deleted, ar_page_id, ar_parent_id FROM source.archive;
CREATE OR REPLACE VIEW block AS SELECT * FROM source.block WHERE bl_deleted = 0;
CREATE OR REPLACE VIEW block_target AS SELECT bt_id, IF(bt_auto <> 0, NULL, bt_address) AS bt_address, bt_user, bt_user_text, bt_auto FROM source.block_target b
	WHERE NOT EXISTS (SELECT 1 FROM source.block WHERE bl_target = bt_id AND bl_deleted = 1);
CREATE OR REPLACE VIEW user AS SELECT user_id, user_name, user_registration, user_editcount FROM source.user u
	WHERE NOT EXISTS (SELECT 1 FROM source.block JOIN source.block_target ON bt_id = bl_target WHERE bl_deleted = 1 AND bt_user = u.user_id);
CREATE OR REPLACE VIEW categorylinks AS SELECT cl_from, lt_id AS cl_target_id, cl_sortkey, cl_sortkey_prefix, cl_timestamp, cl_type FROM source.categorylinks JOIN source.linktarget ON lt_namespace = 14 AND lt_title = cl_to;
CREATE OR REPLACE VIEW imagelinks AS SELECT il_from, lt_id AS il_target_id, il_from_namespace FROM source.imagelinks JOIN source.linktarget ON lt_namespace = 6 AND lt_title = il_to;
