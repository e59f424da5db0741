/*
 * sql/functions/status.sql
 *	  How far everything is, in one look.
 */

CREATE VIEW mwmirror.status AS
SELECT
	name.source_name,
	source.gtid_pos,
	source.last_gtid,
	source.source_commit_time,
	source.applied_at,
	(
		SELECT jsonb_agg(jsonb_build_object(
				'wiki_id', wiki.wiki_id,
				'generator', wiki.generator,
				'snapshot_gtid', wiki.snapshot_gtid,
				'snapshot_at', wiki.snapshot_at,
				'gone_gtid', wiki.gone_gtid
			) ORDER BY wiki.wiki_id)
		FROM mwmirror.wiki
		WHERE wiki.source_name = name.source_name
	) AS wikis,
	(
		SELECT jsonb_agg(jsonb_build_object(
				'slot_name', slot.slot_name,
				'active', slot.active,
				'restart_lsn', slot.restart_lsn,
				'confirmed_flush_lsn', slot.confirmed_flush_lsn,
				'wal_status', slot.wal_status,
				'behind_bytes', pg_wal_lsn_diff(
					CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
					slot.confirmed_flush_lsn)
			) ORDER BY slot.slot_name)
		FROM pg_replication_slots AS slot
		WHERE slot.plugin = 'mwmirror' AND slot.database = current_database()
	) AS slots
FROM (SELECT source_name FROM mwmirror.source UNION SELECT source_name FROM mwmirror.wiki) AS name
LEFT JOIN mwmirror.source USING (source_name);
COMMENT ON VIEW mwmirror.status IS 'Each source with its position, its wikis and the replication slots of the decoder.';
COMMENT ON COLUMN mwmirror.status.source_name IS 'mwmirror.source.source_name.';
COMMENT ON COLUMN mwmirror.status.gtid_pos IS 'Position applied, as a MariaDB GTID list; NULL before the first wiki is copied.';
COMMENT ON COLUMN mwmirror.status.last_gtid IS 'GTID of the last source transaction applied or passed.';
COMMENT ON COLUMN mwmirror.status.source_commit_time IS 'When that transaction was committed at the source.';
COMMENT ON COLUMN mwmirror.status.applied_at IS 'When it was applied here.';
COMMENT ON COLUMN mwmirror.status.wikis IS 'Wikis of the source: wiki_id, generator, snapshot_gtid (null until copied), snapshot_at, gone_gtid (null unless its database was dropped).';
COMMENT ON COLUMN mwmirror.status.slots IS 'Slots of this database: slot_name, active, restart_lsn, confirmed_flush_lsn, wal_status, behind_bytes (WAL not confirmed yet).';
