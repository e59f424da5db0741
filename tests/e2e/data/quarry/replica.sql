-- Views in MariaDB that stand for those of ../../../bench/replica_views.py where the mirror has another rule or shape: titles of what is hidden from administrators as well
-- are not shown, and link targets of categories and files are ids, as since MediaWiki 1.45.
CREATE OR REPLACE VIEW archive AS SELECT ar_id, IF(ar_deleted & 8, NULL, ar_namespace) AS ar_namespace, IF(ar_deleted & 8, NULL, ar_title) AS ar_title, ar_timestamp, ar_minor_edit, ar_rev_id, ar_deleted, ar_page_id, ar_parent_id FROM source.archive;
CREATE OR REPLACE VIEW categorylinks AS SELECT cl_from, lt_id AS cl_target_id, cl_sortkey, cl_sortkey_prefix, cl_timestamp, cl_type FROM source.categorylinks JOIN source.linktarget ON lt_namespace = 14 AND lt_title = cl_to;
CREATE OR REPLACE VIEW imagelinks AS SELECT il_from, lt_id AS il_target_id, il_from_namespace FROM source.imagelinks JOIN source.linktarget ON lt_namespace = 6 AND lt_title = il_to;
CREATE OR REPLACE VIEW linktarget AS SELECT * FROM source.linktarget;
