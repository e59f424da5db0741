/*
 * sql/roles.sql
 *	  Roles without login, to be granted to login roles, and what each may do.
 *
 * mwmirror_writer   mwmirror follow, snapshot, add-wiki
 * mwmirror_relay    mwmirror relay; its login role also needs the attribute REPLICATION
 * mwmirror_reader   monitoring; may not read the mirror, which holds what the wikis hide
 * mwmirror_analyst  reads public views (functions/views.sql), and how far they are
 * mwmirror_views    owns public views, and is for nobody: what its views show is what it may read
 *
 * Roles belong to the whole server: they may be there already, and DROP EXTENSION leaves them.
 */

DO $do$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['mwmirror_writer', 'mwmirror_relay', 'mwmirror_reader', 'mwmirror_analyst', 'mwmirror_views']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', name);
		END IF;
	END LOOP;
END
$do$;

REVOKE ALL ON SCHEMA mwmirror, mediawiki FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mwmirror FROM PUBLIC;

GRANT USAGE ON SCHEMA mwmirror TO mwmirror_writer, mwmirror_relay, mwmirror_reader, mwmirror_analyst, mwmirror_views;
-- by views, policies and indexes, whoever asks
GRANT EXECUTE ON FUNCTION mwmirror.has_bits(smallint, integer), mwmirror.has_bits(integer, integer), mwmirror.is_public_wiki(text), mwmirror.public_wiki(text), mwmirror.has_public_tag(text, text, bigint), mwmirror.is_guarded(regclass, text, text),
		mwmirror.utf8_text(bytea)
	TO PUBLIC;
GRANT SELECT ON mwmirror.status, mwmirror.source, mwmirror.slot, mwmirror.wiki, mwmirror.wiki_namespace, mwmirror.wiki_site, mwmirror.stream, mwmirror.purge_rule, mwmirror.public_table, mwmirror.public_column, mwmirror.public_view,
		mwmirror.request, mwmirror.request_page, mwmirror.wiki_told, mwmirror.copy_table, mwmirror.copy_chunk, mwmirror.copy_range, mwmirror.copy_version, mwmirror.unmapped,
		mwmirror.xa_prepared, mwmirror.source_type
	TO mwmirror_writer, mwmirror_relay, mwmirror_reader;
GRANT SELECT ON mwmirror.table_map TO mwmirror_relay, mwmirror_reader;

GRANT USAGE ON SCHEMA mediawiki TO mwmirror_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA mediawiki TO mwmirror_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON mwmirror.raw_value, mwmirror.content_latest TO mwmirror_writer;
GRANT INSERT, UPDATE ON mwmirror.source, mwmirror.wiki, mwmirror.request, mwmirror.request_page, mwmirror.wiki_told TO mwmirror_writer;
GRANT INSERT, UPDATE, DELETE ON mwmirror.wiki_namespace, mwmirror.wiki_site TO mwmirror_writer;
GRANT INSERT, UPDATE, DELETE ON mwmirror.copy_table, mwmirror.copy_chunk, mwmirror.copy_range, mwmirror.copy_version, mwmirror.unmapped, mwmirror.source_type TO mwmirror_writer;
GRANT INSERT, DELETE ON mwmirror.xa_prepared TO mwmirror_writer;
GRANT DELETE ON mwmirror.request_page TO mwmirror_writer;
GRANT SELECT ON mwmirror.table_map, mwmirror.column_map, mwmirror.column_private, mwmirror.private_name, mwmirror.column_migration, mwmirror.table_skipped, mwmirror.cluster
	TO mwmirror_writer;
GRANT USAGE ON SEQUENCE mwmirror.linktarget_own_id, mwmirror.collation_own_id TO mwmirror_writer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mwmirror TO mwmirror_writer;
GRANT EXECUTE ON FUNCTION mwmirror.stream_defaults(), mwmirror.streams(), mwmirror.streams_of(text), mwmirror.state_streams(), mwmirror.state_schema(text),
		mwmirror.state_type_schema(regtype, boolean), mwmirror.state_member_schema(text), mwmirror.views_schema(text), mwmirror.views_schemas(), mwmirror.guard_foreign()
	TO mwmirror_relay, mwmirror_reader;
GRANT EXECUTE ON FUNCTION mwmirror.position(), mwmirror.lag(), mwmirror.wait_for(text, interval, text) TO mwmirror_relay, mwmirror_reader, mwmirror_analyst;
REVOKE EXECUTE ON FUNCTION mwmirror.source_remove(text), mwmirror.wiki_remove(text), mwmirror.remove_table(text), mwmirror.add_column(text, text, text, text, text, boolean),
	mwmirror.partition_by_wiki(text), mwmirror.partition_add(text, text),
	mwmirror.create_views(text), mwmirror.drop_views(text), mwmirror.refresh_views(),
	mwmirror.add_table(text, json, text[], text, text[], text[], text[], text) FROM mwmirror_writer;
