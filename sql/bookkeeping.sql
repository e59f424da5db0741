/*
 * sql/bookkeeping.sql
 *	  What the mirror knows about its sources, its wikis and its mapping. CREATE EXTENSION makes the schema mwmirror.
 */

DO $do$
BEGIN
	IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
		RAISE EXCEPTION 'the database''s encoding is %, and mwmirror needs UTF8', pg_catalog.getdatabaseencoding()
			USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Make the database with createdb -T template0 -E UTF8.';
	END IF;
END
$do$;

COMMENT ON SCHEMA mwmirror IS 'Bookkeeping, mapping and functions of mwmirror.';
CREATE SCHEMA mediawiki;
COMMENT ON SCHEMA mediawiki IS 'Mirror of MediaWiki''s tables, all wikis together; readable by its owner only.';

/* ---- sources and wikis ---- */

CREATE TABLE mwmirror.source (
	source_name        text COLLATE "C" PRIMARY KEY CHECK (source_name ~ '^[A-Za-z0-9_.-]{1,63}$'),
	gtid_pos           text NOT NULL,
	last_gtid          text,
	prior_gtid         text,
	source_commit_time timestamptz,
	applied_at         timestamptz,
	known_at           timestamptz
) WITH (fillfactor = 10); -- one row, updated at each commit: keep room for HOT updates
COMMENT ON TABLE mwmirror.source IS 'How far each MariaDB source is applied; updated in the transaction of the rows.';
COMMENT ON COLUMN mwmirror.source.source_name IS 'Name of the source in the configuration.';
COMMENT ON COLUMN mwmirror.source.gtid_pos IS 'Position as a MariaDB GTID list, one GTID a domain: d-s-n,d-s-n.';
COMMENT ON COLUMN mwmirror.source.last_gtid IS 'GTID of the last source transaction applied or passed.';
COMMENT ON COLUMN mwmirror.source.prior_gtid IS 'GTID before last_gtid in its domain; NULL if unknown. From there last_gtid is read again, to see whether the source is still the same.';
COMMENT ON COLUMN mwmirror.source.source_commit_time IS 'When that transaction was committed at the source.';
COMMENT ON COLUMN mwmirror.source.applied_at IS 'When it was applied here.';
COMMENT ON COLUMN mwmirror.source.known_at IS 'Time up to which all of the source is here: of the last transaction, or, as the source has said that it has no more, later. Never after this server''s clock, and it never goes back; NULL: not known yet.';

CREATE TABLE mwmirror.wiki (
	wiki_id           text COLLATE "C" PRIMARY KEY,
	source_name       text COLLATE "C" NOT NULL,
	table_prefix      text COLLATE "C" NOT NULL DEFAULT '',
	domain            text COLLATE "C" NOT NULL,
	canonical_server  text COLLATE "C" NOT NULL,
	article_path      text COLLATE "C" NOT NULL,
	language          text COLLATE "C" NOT NULL,
	generator         text COLLATE "C",
	autoconfirm_age   integer NOT NULL DEFAULT 0,
	autoconfirm_count integer NOT NULL DEFAULT 0,
	temp_accounts     boolean NOT NULL DEFAULT false,
	bot_groups        text[] NOT NULL DEFAULT '{bot}',
	local_central_ids boolean NOT NULL DEFAULT false,
	private           boolean NOT NULL DEFAULT true,
	streams_on        text[] NOT NULL DEFAULT '{}',
	streams_off       text[] NOT NULL DEFAULT '{}',
	script_path       text COLLATE "C" NOT NULL DEFAULT '',
	content_policy    text COLLATE "C" NOT NULL DEFAULT 'none' CONSTRAINT content_policy_is_known CHECK (content_policy IN ('none', 'stream', 'latest', 'all')),
	content_limit     integer NOT NULL DEFAULT 16777216 CONSTRAINT content_limit_is_1kb_to_64mb CHECK (content_limit BETWEEN 1024 AND 67108864),
	legacy_encoding   text COLLATE "C",
	snapshot_gtid     text COLLATE "C",
	snapshot_at       timestamptz,
	gone_gtid         text COLLATE "C",
	is_wiki           boolean NOT NULL DEFAULT true
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.wiki IS 'Wikis that are mirrored; add-wiki fills it from the wiki''s siteinfo.';
COMMENT ON COLUMN mwmirror.wiki.wiki_id IS 'Database name at the source; first in every key of the mirror.';
COMMENT ON COLUMN mwmirror.wiki.source_name IS 'mwmirror.source.source_name.';
COMMENT ON COLUMN mwmirror.wiki.table_prefix IS '$wgDBprefix.';
COMMENT ON COLUMN mwmirror.wiki.domain IS 'Host of the wiki, as in meta.domain of events.';
COMMENT ON COLUMN mwmirror.wiki.canonical_server IS '$wgCanonicalServer: scheme and host.';
COMMENT ON COLUMN mwmirror.wiki.article_path IS '$wgArticlePath: path with $1 for the title.';
COMMENT ON COLUMN mwmirror.wiki.language IS 'Content language code.';
COMMENT ON COLUMN mwmirror.wiki.generator IS 'Name and version of the software, such as MediaWiki 1.43.9.';
COMMENT ON COLUMN mwmirror.wiki.autoconfirm_age IS '$wgAutoConfirmAge in seconds.';
COMMENT ON COLUMN mwmirror.wiki.autoconfirm_count IS '$wgAutoConfirmCount in edits.';
COMMENT ON COLUMN mwmirror.wiki.temp_accounts IS 'True if temporary accounts are enabled.';
COMMENT ON COLUMN mwmirror.wiki.bot_groups IS 'Groups with the right bot.';
COMMENT ON COLUMN mwmirror.wiki.local_central_ids IS 'True if a user''s central id is user_id: $wgCentralIdLookupProvider is local.';
COMMENT ON COLUMN mwmirror.wiki.private IS 'True if not everybody may read the wiki: its events go to the streams of private wikis and to no other. What nobody has said to be public is private.';
COMMENT ON COLUMN mwmirror.wiki.streams_on IS 'Streams that tell of this wiki whatever mwmirror.stream and streams_off say.';
COMMENT ON COLUMN mwmirror.wiki.streams_off IS 'Streams that do not tell of this wiki whatever mwmirror.stream says; * is all.';
COMMENT ON COLUMN mwmirror.wiki.script_path IS '$wgScriptPath: path of index.php and api.php.';
COMMENT ON COLUMN mwmirror.wiki.content_policy IS 'What mediawiki.content_body has of it: none, nothing; stream, nothing either, but events tell of contents, if a stream that does is on; latest, what pages'' latest revisions have; all, each content. latest and all: of what is written from then on and of pages that change, and with the next copy of all that there is.';
COMMENT ON COLUMN mwmirror.wiki.content_limit IS 'Bytes of a content at most; of larger ones content_body has no body.';
COMMENT ON COLUMN mwmirror.wiki.legacy_encoding IS '$wgLegacyEncoding, a name that iconv knows, of texts that are not UTF-8; NULL: all are.';
COMMENT ON COLUMN mwmirror.wiki.snapshot_gtid IS 'GTID list at which the initial copy is consistent; NULL until it is complete.';
COMMENT ON COLUMN mwmirror.wiki.snapshot_at IS 'When the initial copy was complete.';
COMMENT ON COLUMN mwmirror.wiki.gone_gtid IS 'GTID at which its database was dropped at the source: it is followed no more, and its rows are as they were; NULL: it is there.';
COMMENT ON COLUMN mwmirror.wiki.is_wiki IS 'False: a database that is no wiki, such as CentralAuth''s. Of it only tables that were added are mirrored (mwmirror.table_map.shipped is false).';

CREATE TABLE mwmirror.cluster (
	source_name   text COLLATE "C" NOT NULL,
	cluster_name  text COLLATE "C" NOT NULL,
	hosts         text COLLATE "C" CONSTRAINT hosts_are_named CHECK (hosts <> ''),
	database_name text COLLATE "C",
	blobs_table   text COLLATE "C" NOT NULL DEFAULT 'blobs',
	user_name     text COLLATE "C",
	password_file text COLLATE "C",
	tls_ca        text COLLATE "C",
	PRIMARY KEY (source_name, cluster_name),
	CONSTRAINT own_servers_have_own_users CHECK (hosts IS NOT NULL OR coalesce(user_name, password_file, tls_ca) IS NULL)
);
COMMENT ON TABLE mwmirror.cluster IS 'MediaWiki''s clusters of External Storage ($wgExternalServers), where contents are read; counts when follow begins.';
COMMENT ON COLUMN mwmirror.cluster.source_name IS 'mwmirror.source.source_name: the source whose wikis have texts in it.';
COMMENT ON COLUMN mwmirror.cluster.cluster_name IS 'Its name in addresses: cluster1 of DB://cluster1/23.';
COMMENT ON COLUMN mwmirror.cluster.hosts IS 'host[:port],... of its servers; the next is tried when one does not answer. NULL: the source''s own server.';
COMMENT ON COLUMN mwmirror.cluster.database_name IS 'Its database; NULL: for each wiki the one that is named as the wiki''s.';
COMMENT ON COLUMN mwmirror.cluster.blobs_table IS 'Its table, with blob_id and blob_text.';
COMMENT ON COLUMN mwmirror.cluster.user_name IS 'Its MariaDB user, with SELECT on that table; NULL: the source''s.';
COMMENT ON COLUMN mwmirror.cluster.password_file IS 'Path, where follow and snapshot run, of a file with the password and nothing else, read at each connection; NULL: the source''s password.';
COMMENT ON COLUMN mwmirror.cluster.tls_ca IS 'Path likewise of the certificate authority of its servers; empty: no TLS; NULL: as the source.';

CREATE FUNCTION mwmirror.keep_wiki_source()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	-- its rows and the GTID of its copy are that source's
	IF old.snapshot_gtid IS NOT NULL OR new.snapshot_gtid IS NOT NULL THEN
		RAISE EXCEPTION 'wiki "%" is copied from source "%" and cannot go to source "%"', old.wiki_id, old.source_name, new.source_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Stop follow of both sources, set snapshot_gtid and snapshot_at of its row of mwmirror.wiki to NULL, run add-wiki again, then mwmirror snapshot.';
	END IF;
	RETURN new;
END
$function$;
COMMENT ON FUNCTION mwmirror.keep_wiki_source() IS 'Refuses to move a copied wiki to another source.';
CREATE TRIGGER keep_wiki_source BEFORE UPDATE OF source_name ON mwmirror.wiki
	FOR EACH ROW WHEN (old.source_name <> new.source_name) EXECUTE FUNCTION mwmirror.keep_wiki_source();

CREATE TABLE mwmirror.wiki_namespace (
	wiki_id        text COLLATE "C" NOT NULL,
	namespace_id   integer NOT NULL,
	namespace_name text COLLATE "C" NOT NULL,
	male_name      text COLLATE "C",
	female_name    text COLLATE "C",
	PRIMARY KEY (wiki_id, namespace_id)
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.wiki_namespace IS 'Names of namespaces, which are in no table of MediaWiki.';
COMMENT ON COLUMN mwmirror.wiki_namespace.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.wiki_namespace.namespace_id IS 'Number of the namespace, as in page.page_namespace.';
COMMENT ON COLUMN mwmirror.wiki_namespace.namespace_name IS 'Name in the wiki''s language, underscores for spaces; '''' for the main namespace.';
COMMENT ON COLUMN mwmirror.wiki_namespace.male_name IS 'Its name for pages of a user who is male, by user_properties; NULL: the same.';
COMMENT ON COLUMN mwmirror.wiki_namespace.female_name IS 'The same of a user who is female.';

CREATE TABLE mwmirror.wiki_site (
	wiki_id       text COLLATE "C" PRIMARY KEY,
	site_name     text COLLATE "C",
	main_page     text COLLATE "C",
	first_letter  boolean NOT NULL,
	case_differs  integer[] NOT NULL
);
COMMENT ON TABLE mwmirror.wiki_site IS 'What XML dumps say of a wiki beyond mwmirror.wiki; add-wiki fills it from the wiki''s siteinfo.';
COMMENT ON COLUMN mwmirror.wiki_site.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.wiki_site.site_name IS '$wgSitename; NULL: not known.';
COMMENT ON COLUMN mwmirror.wiki_site.main_page IS 'URL of the main page; NULL: not known.';
COMMENT ON COLUMN mwmirror.wiki_site.first_letter IS '$wgCapitalLinks: titles begin with a capital.';
COMMENT ON COLUMN mwmirror.wiki_site.case_differs IS 'Numbers of the namespaces of which first_letter says the wrong thing ($wgCapitalLinkOverrides, and those of which it is always true).';

CREATE TABLE mwmirror.stream (
	stream_name  text COLLATE "C" PRIMARY KEY,
	enabled      boolean,
	topic        text COLLATE "C" CONSTRAINT topic_is_a_name CHECK (topic ~ '^[A-Za-z0-9._-]{1,200}$' AND topic NOT IN ('.', '..')),
	key          text COLLATE "C" CONSTRAINT key_is_own_wiki_or_none CHECK (key IN ('own', 'wiki', 'none')),
	partitions   integer CONSTRAINT partitions_are_1_to_10000 CHECK (partitions BETWEEN 1 AND 10000),
	cleanup      text COLLATE "C" CONSTRAINT cleanup_is_a_policy CHECK (cleanup IN ('delete', 'compact', 'compact,delete')),
	retention_ms bigint CONSTRAINT retention_ms_is_a_time_or_minus_1 CHECK (retention_ms >= -1),
	compaction_lag_ms bigint CONSTRAINT compaction_lag_ms_is_a_time CHECK (compaction_lag_ms > 0)
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.stream IS 'What is to be another way of streams than the module has it; no row, or NULL: as the module has it. mwmirror.streams() shows what comes of it.';
COMMENT ON COLUMN mwmirror.stream.stream_name IS 'A stream of mwmirror.streams().';
COMMENT ON COLUMN mwmirror.stream.enabled IS 'False: it tells of no wiki that has it not in streams_on. Counts from the commit on that changes it.';
COMMENT ON COLUMN mwmirror.stream.topic IS 'Its topic without the prefix, and no other stream''s; NULL: the stream''s name. This and all of the topic counts when the relay begins.';
COMMENT ON COLUMN mwmirror.stream.key IS 'Key of its messages: own, what its schema says, or none if that says nothing; wiki, {"wiki_id":...}, which keeps a wiki''s order over several partitions; none.';
COMMENT ON COLUMN mwmirror.stream.partitions IS 'Of its topic. One keeps the order of each wiki''s commits; of several each keeps that of a key.';
COMMENT ON COLUMN mwmirror.stream.cleanup IS 'cleanup.policy of its topic.';
COMMENT ON COLUMN mwmirror.stream.retention_ms IS 'retention.ms of its topic; -1: for ever.';
COMMENT ON COLUMN mwmirror.stream.compaction_lag_ms IS 'max.compaction.lag.ms of its topic, if that is compacted: after this time what a later message of the same key took the place of is removed.';

CREATE TABLE mwmirror.purge_rule (
	wiki_id    text COLLATE "C" NOT NULL DEFAULT '*',
	rule_name  text COLLATE "C" NOT NULL,
	pattern    text COLLATE "C" NOT NULL CONSTRAINT pattern_has_known_words CHECK (pattern ~ '^([^][:space:]{}<>"\\^`|]|\{(url|server|path|script|title|host[0-9])\})+$'),
	enabled    boolean NOT NULL DEFAULT true,
	of_other   boolean NOT NULL DEFAULT false,
	events     text[] CONSTRAINT events_are_known CHECK (events <@ '{create,edit,move,delete,undelete,visibility_change,restore}'),
	namespaces text[],
	title_like text COLLATE "C" CONSTRAINT title_like_ends_with_no_escape CHECK (title_like ~ '^([^\\]|\\.)*$'),
	shipped    boolean NOT NULL DEFAULT false,
	PRIMARY KEY (wiki_id, rule_name)
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.purge_rule IS 'The URLs that show a page: the stream resource-purge tells of them when it changes.';
COMMENT ON COLUMN mwmirror.purge_rule.wiki_id IS 'mwmirror.wiki.wiki_id; *: of all that have no rule of that name.';
COMMENT ON COLUMN mwmirror.purge_rule.rule_name IS 'Its name; the URLs of an event are told of in the order of these.';
COMMENT ON COLUMN mwmirror.purge_rule.pattern IS 'The URL, with words in braces: url, the page''s canonical one; server, canonical_server; path, url without it; script, script_path with index.php; title, with its namespace and as in URLs; host0, host1, ..., the parts of domain between its dots.';
COMMENT ON COLUMN mwmirror.purge_rule.enabled IS 'False: it is none. So a row of a wiki takes a rule of all from it.';
COMMENT ON COLUMN mwmirror.purge_rule.of_other IS 'True: not of the page, but of its talk page, or of the page that it is the talk page of.';
COMMENT ON COLUMN mwmirror.purge_rule.events IS 'What happens to the page: create, edit, move (old and new title), delete, undelete, visibility_change, restore (of revisions that are not the latest); NULL: all.';
COMMENT ON COLUMN mwmirror.purge_rule.namespaces IS 'Numbers of namespaces of the URL''s page; NULL: all.';
COMMENT ON COLUMN mwmirror.purge_rule.title_like IS 'LIKE pattern of its title without namespace; NULL: all.';
COMMENT ON COLUMN mwmirror.purge_rule.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.public_table (
	table_name      text COLLATE "C" PRIMARY KEY,
	in_stream       boolean NOT NULL DEFAULT false,
	bits_column     text COLLATE "C",
	row_column      text COLLATE "C",
	row_rule        text COLLATE "C" CONSTRAINT row_rule_is_known CHECK (row_rule IN ('zero', 'one_of', 'none_like', 'referred')),
	row_values      text[],
	also_column     text COLLATE "C",
	also_rule       text COLLATE "C" CONSTRAINT also_rule_is_known CHECK (also_rule IN ('zero', 'one_of', 'none_like')),
	also_values     text[],
	of_hidden_users text COLLATE "C",
	reason          text NOT NULL,
	shipped         boolean NOT NULL DEFAULT false,
	tells_of        text[] CONSTRAINT tells_of_is_tables_keys_columns CHECK (array_ndims(tells_of) = 2 AND array_length(tells_of, 2) = 3),
	CONSTRAINT tells_of_is_by_bits CHECK (tells_of IS NULL OR bits_column IS NOT NULL AND NOT in_stream),
	CONSTRAINT row_rule_has_a_column CHECK ((row_column IS NULL) = (row_rule IS NULL)),
	CONSTRAINT row_rule_has_values CHECK (CASE row_rule
		WHEN 'one_of' THEN row_values IS NOT NULL
		WHEN 'none_like' THEN row_values IS NOT NULL
		WHEN 'referred' THEN row_values IS NULL OR cardinality(row_values) IN (2, 3)
		ELSE row_values IS NULL END),
	CONSTRAINT also_rule_has_a_column CHECK ((also_column IS NULL) = (also_rule IS NULL) AND (row_rule IS NOT NULL OR also_rule IS NULL)),
	CONSTRAINT also_rule_has_values CHECK ((also_values IS NOT NULL) = coalesce(also_rule IN ('one_of', 'none_like'), false)),
	CONSTRAINT values_are_not_null CHECK (array_position(row_values, NULL) IS NULL AND array_position(also_values, NULL) IS NULL),
	CONSTRAINT referred_is_of_no_stream CHECK (NOT (in_stream AND coalesce(row_rule = 'referred', false)))
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.public_table IS 'Mirror tables of which everyone may read something, and which of their rows. A table that is not here is hidden, and so is a column that is not in public_column; public_rules() shows all.';
COMMENT ON COLUMN mwmirror.public_table.table_name IS 'Table in schema mediawiki.';
COMMENT ON COLUMN mwmirror.public_table.in_stream IS 'True: its public rows are in a state topic. False: they are in views alone, for which of them are public hangs on other rows, or they have no key.';
COMMENT ON COLUMN mwmirror.public_table.bits_column IS 'The column with the bits of what is hidden: 1 text, file or action, 2 comment, 4 user, 8 from administrators as well; NULL: none.';
COMMENT ON COLUMN mwmirror.public_table.row_column IS 'Column, or member of public_column, by which a row is public; NULL: all are.';
COMMENT ON COLUMN mwmirror.public_table.row_rule IS 'A row is public only if row_column is zero or false (zero), is one of row_values (one_of), is like none of them as LIKE patterns (none_like), or a public row of another table shows it (referred). NULL counts as the empty text; a member whose row is missing fits no rule.';
COMMENT ON COLUMN mwmirror.public_table.row_values IS 'Of row_rule one_of and none_like. Of referred: NULL, by a member of public_column; or as well {table,column}, by the row of table whose column is row_column, or {table,column,member}, if that member is shown there.';
COMMENT ON COLUMN mwmirror.public_table.also_column IS 'And only by this column or member, likewise.';
COMMENT ON COLUMN mwmirror.public_table.also_rule IS 'As row_rule.';
COMMENT ON COLUMN mwmirror.public_table.also_values IS 'As row_values.';
COMMENT ON COLUMN mwmirror.public_table.of_hidden_users IS 'Column with a user.user_id, or a member shown as blocked: and only if no block with bl_deleted hides that account, and the target is there. NULL: it does not matter.';
COMMENT ON COLUMN mwmirror.public_table.reason IS 'What says so: Wikimedia''s maintain-views.yaml, and what is done another way.';
COMMENT ON COLUMN mwmirror.public_table.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';
COMMENT ON COLUMN mwmirror.public_table.tells_of IS '{{table,key,column},...}: and only if no bit is set in the row of that public table whose key is this row''s column, that is not set in this one, which repeats what is hidden there. Of views alone. NULL: it repeats nothing.';

CREATE TABLE mwmirror.public_column (
	table_name    text COLLATE "C" NOT NULL,
	column_name   text COLLATE "C" NOT NULL CONSTRAINT column_name_is_free CHECK (column_name NOT IN ('wiki_id', 'meta', '$schema')),
	ordinal       integer NOT NULL,
	shown         text COLLATE "C" NOT NULL DEFAULT 'value' CONSTRAINT shown_is_known
		CHECK (shown IN ('value', 'comment', 'user', 'slots', 'target', 'tag', 'blocked', 'null')),
	source_column text COLLATE "C",
	hidden_by     integer NOT NULL DEFAULT 0 CONSTRAINT hidden_by_is_bits CHECK (hidden_by BETWEEN 0 AND 15),
	hidden_as     text COLLATE "C" CONSTRAINT hidden_as_is_null_or_zero CHECK (hidden_as = '0'),
	reason        text,
	shipped       boolean NOT NULL DEFAULT false,
	hidden_with   text[] CONSTRAINT hidden_with_is_table_key_column CHECK (cardinality(hidden_with) = 3 AND array_position(hidden_with, NULL) IS NULL),
	PRIMARY KEY (table_name, column_name),
	CONSTRAINT hidden_with_is_of_a_value_and_bits CHECK (hidden_with IS NULL OR shown = 'value' AND hidden_by <> 0),
	CONSTRAINT members_have_a_source CHECK ((source_column IS NULL) = (shown IN ('value', 'null'))),
	CONSTRAINT hidden_as_is_of_a_value CHECK (hidden_as IS NULL OR shown = 'value')
) WITH (user_catalog_table = true);
COMMENT ON TABLE mwmirror.public_column IS 'What everyone may read of a public row, beside wiki_id: columns, and members that say what is in rows that it refers to.';
COMMENT ON COLUMN mwmirror.public_column.table_name IS 'mwmirror.public_table.table_name.';
COMMENT ON COLUMN mwmirror.public_column.column_name IS 'Column of the mirror table; or, if shown says other than value and null, the name of a member that is no column.';
COMMENT ON COLUMN mwmirror.public_column.ordinal IS 'Order of the columns of a table.';
COMMENT ON COLUMN mwmirror.public_column.shown IS 'value: the column. null: always NULL. Of the id in source_column: comment, its text; user, {actor_id, user_id, user_name} of an actor; slots, of a revision {role: {slot_content_id, slot_origin, content_size, content_sha1, content_model}}; target, {namespace, title} of a linktarget; tag, its name; blocked, {bt_id, bt_address, bt_user, bt_user_text, bt_auto, bt_range_start, bt_range_end} of a block_target. NULL if there is no such row, and {} if there are no slots.';
COMMENT ON COLUMN mwmirror.public_column.source_column IS 'Column with the id of what a member says.';
COMMENT ON COLUMN mwmirror.public_column.hidden_by IS 'Hidden if any of these bits of public_table.bits_column is set; 0: never.';
COMMENT ON COLUMN mwmirror.public_column.hidden_as IS 'What is shown of a hidden value: NULL or 0.';
COMMENT ON COLUMN mwmirror.public_column.reason IS 'What is done another way than the table''s reason says, and why; NULL: nothing.';
COMMENT ON COLUMN mwmirror.public_column.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';
COMMENT ON COLUMN mwmirror.public_column.hidden_with IS '{table,key,column}: hidden as well if any of the bits is set in the row of that public table whose key is this row''s column, as it says the same. Of views alone. NULL: of no other row.';

CREATE TABLE mwmirror.public_view (
	view_name   text COLLATE "C" PRIMARY KEY,
	of_view     text COLLATE "C" NOT NULL,
	own_columns boolean NOT NULL DEFAULT true,
	joined      text,
	condition   text,
	more        text[] CONSTRAINT more_is_of_three CHECK (more IS NULL OR array_length(more, 2) = 3),
	reason      text NOT NULL,
	shipped     boolean NOT NULL DEFAULT false,
	CONSTRAINT columns_are_named CHECK (own_columns OR more IS NOT NULL)
);
COMMENT ON TABLE mwmirror.public_view IS 'Public views beside those of public_table: queries of public views, which cannot show more than they do. In SQL here {name} is the public view of that name; {a} is true if row a is of the same wiki as row t, {a,b} if a and b are.';
COMMENT ON COLUMN mwmirror.public_view.view_name IS 'Its name.';
COMMENT ON COLUMN mwmirror.public_view.of_view IS 'public_table.table_name of the view that it is made of, which is t.';
COMMENT ON COLUMN mwmirror.public_view.own_columns IS 'True: it has all columns of that, but for those that more has.';
COMMENT ON COLUMN mwmirror.public_view.joined IS 'SQL that follows: JOIN and LEFT JOIN of others.';
COMMENT ON COLUMN mwmirror.public_view.condition IS 'SQL that is true of its rows; NULL: all.';
COMMENT ON COLUMN mwmirror.public_view.more IS 'Further columns, {name, SQL, comment} each; one whose SQL is a column of t is there if that is.';
COMMENT ON COLUMN mwmirror.public_view.reason IS 'As in public_table.';
COMMENT ON COLUMN mwmirror.public_view.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.mirror_index (
	index_name      text COLLATE "C" PRIMARY KEY,
	table_name      text COLLATE "C" NOT NULL,
	index_set       text COLLATE "C" NOT NULL DEFAULT 'replica' CONSTRAINT index_set_is_known CHECK (index_set IN ('minimal', 'replica')),
	definition      text NOT NULL CONSTRAINT definition_has_a_method CHECK (definition ~ '^[a-z]+ \('),
	needs_extension text COLLATE "C",
	reason          text NOT NULL,
	shipped         boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE mwmirror.mirror_index IS 'Indexes of mirror tables, in two sets: minimal, which the mirror itself needs, and replica, which queries of the views need as well. mwmirror indexes makes those that are not there.';
COMMENT ON COLUMN mwmirror.mirror_index.index_name IS 'Name in schema mediawiki; MediaWiki''s own where it has such an index.';
COMMENT ON COLUMN mwmirror.mirror_index.table_name IS 'Table in schema mediawiki.';
COMMENT ON COLUMN mwmirror.mirror_index.index_set IS 'minimal: there since CREATE EXTENSION. replica: made when that is asked for, beside those.';
COMMENT ON COLUMN mwmirror.mirror_index.definition IS 'What follows USING in CREATE INDEX. %{column} is a column as the views show it: where it may be hidden, the expression that hides it.';
COMMENT ON COLUMN mwmirror.mirror_index.needs_extension IS 'Extension whose operators it has; without it the index is left out. NULL: none.';
COMMENT ON COLUMN mwmirror.mirror_index.reason IS 'Which questions it answers.';
COMMENT ON COLUMN mwmirror.mirror_index.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.slot (
	slot_name   text COLLATE "C" PRIMARY KEY,
	made_lsn    pg_lsn NOT NULL,
	made_at     timestamptz NOT NULL DEFAULT now(),
	source_name text COLLATE "C",
	gtid_pos    text COLLATE "C"
);
COMMENT ON TABLE mwmirror.slot IS 'Replication slots as mwmirror init made them: tells a slot that nobody has read from one whose reader lost its position.';
COMMENT ON COLUMN mwmirror.slot.slot_name IS 'Name of the slot.';
COMMENT ON COLUMN mwmirror.slot.made_lsn IS 'Its confirmed_flush_lsn when it was made.';
COMMENT ON COLUMN mwmirror.slot.made_at IS 'When that was.';
COMMENT ON COLUMN mwmirror.slot.source_name IS 'The one source that had a position then; NULL if none or several had.';
COMMENT ON COLUMN mwmirror.slot.gtid_pos IS 'Its position just after the slot was made.';

CREATE TABLE mwmirror.raw_value (
	wiki_id     text COLLATE "C" NOT NULL,
	table_name  text COLLATE "C" NOT NULL,
	row_key     text COLLATE "C" NOT NULL,
	column_name text COLLATE "C" NOT NULL,
	raw         bytea NOT NULL,
	PRIMARY KEY (wiki_id, table_name, row_key, column_name)
);
COMMENT ON TABLE mwmirror.raw_value IS 'Bytes of source values that the mirror''s types cannot show: text that is not UTF-8 or holds NUL, malformed timestamps.';
COMMENT ON COLUMN mwmirror.raw_value.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.raw_value.table_name IS 'Mirror table.';
COMMENT ON COLUMN mwmirror.raw_value.row_key IS 'Values of the row''s key after wiki_id, joined by U+001F.';
COMMENT ON COLUMN mwmirror.raw_value.column_name IS 'Mirror column; in text each bad byte shows as U+FFFD.';
COMMENT ON COLUMN mwmirror.raw_value.raw IS 'The bytes as they are at the source.';

/* ---- mapping: filled by sql/mapping ---- */

CREATE TABLE mwmirror.table_map (
	source_table text COLLATE "C" NOT NULL,
	target_table text COLLATE "C" NOT NULL,
	ordinal      integer NOT NULL,
	row_mode     text COLLATE "C" NOT NULL DEFAULT 'row' CHECK (row_mode IN ('row', 'merge')),
	own_rows     text,
	mw_group     text COLLATE "C",
	shipped      boolean NOT NULL DEFAULT false,
	row_filter   text CONSTRAINT row_filter_is_of_rows CHECK (row_filter IS NULL OR row_mode = 'row'),
	PRIMARY KEY (source_table, target_table)
);
COMMENT ON TABLE mwmirror.table_map IS 'Which tables of MediaWiki go to which mirror tables. The mirror reads it when it starts.';
COMMENT ON COLUMN mwmirror.table_map.source_table IS 'Table of MediaWiki, without prefix; it may be missing in some versions.';
COMMENT ON COLUMN mwmirror.table_map.target_table IS 'Table in schema mediawiki.';
COMMENT ON COLUMN mwmirror.table_map.ordinal IS 'Order of the initial copy: what is looked up comes before what names it.';
COMMENT ON COLUMN mwmirror.table_map.row_mode IS 'row: a source row is a mirror row. merge: a source row only sets columns of an existing mirror row; its delete does nothing.';
COMMENT ON COLUMN mwmirror.table_map.own_rows IS 'Of a mirror table that other source tables fill as well, or the mirror: SQL that is true of the rows that only this one can have made; they go with the table. NULL: all are, or, where other source tables fill it, none are known.';
COMMENT ON COLUMN mwmirror.table_map.mw_group IS 'Group of the table, for people.';
COMMENT ON COLUMN mwmirror.table_map.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';
COMMENT ON COLUMN mwmirror.table_map.row_filter IS 'Which rows of the source table are mirrored, by conditions joined by AND: column [NOT] IN (''a'', 2), column = ''a'', column <> ''a'', column [NOT] LIKE ''%x%'', column IS [NOT] NULL. The others never leave MariaDB in a copy, and are passed over in the binlog. NULL: all rows.';

CREATE TABLE mwmirror.column_map (
	source_table     text COLLATE "C" NOT NULL,
	target_table     text COLLATE "C" NOT NULL,
	target_column    text COLLATE "C" NOT NULL,
	source_columns   text[] NOT NULL,
	kinds            text[] NOT NULL,
	null_when        text[] NOT NULL DEFAULT '{}',
	null_unless      text[] NOT NULL DEFAULT '{}',
	expression       text,
	requires_columns text[] NOT NULL DEFAULT '{}',
	priority         integer NOT NULL DEFAULT 1,
	shipped          boolean NOT NULL DEFAULT false,
	PRIMARY KEY (source_table, target_table, target_column, source_columns),
	FOREIGN KEY (source_table, target_table) REFERENCES mwmirror.table_map,
	CHECK (cardinality(kinds) = greatest(cardinality(source_columns), 1))
);
COMMENT ON TABLE mwmirror.column_map IS 'How each mirror column comes from source columns. Of several rows for one column the first by priority counts whose source columns the wiki''s table has.';
COMMENT ON COLUMN mwmirror.column_map.source_table IS 'mwmirror.table_map.source_table.';
COMMENT ON COLUMN mwmirror.column_map.target_table IS 'mwmirror.table_map.target_table.';
COMMENT ON COLUMN mwmirror.column_map.target_column IS 'Column of the mirror table.';
COMMENT ON COLUMN mwmirror.column_map.source_columns IS 'Columns of the source table, in the order of the expression''s %1, %2, ....';
COMMENT ON COLUMN mwmirror.column_map.kinds IS 'How each source column is read (mirror/mapping/convert.h); kinds that make one value of several columns are repeated.';
COMMENT ON COLUMN mwmirror.column_map.null_when IS 'The mirror column is NULL if any of these source columns is neither NULL nor zero.';
COMMENT ON COLUMN mwmirror.column_map.null_unless IS 'The mirror column is NULL if any of these source columns is NULL or zero.';
COMMENT ON COLUMN mwmirror.column_map.expression IS 'SQL over %1, %2, ... or %{column}, and %w (wiki_id), that gives the value; %% is a %; NULL: the value as read.';
COMMENT ON COLUMN mwmirror.column_map.requires_columns IS 'Further columns that the source table must have for this row to count.';
COMMENT ON COLUMN mwmirror.column_map.priority IS 'Order of alternatives, lowest first.';
COMMENT ON COLUMN mwmirror.column_map.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.column_private (
	source_table  text COLLATE "C" NOT NULL,
	source_column text COLLATE "C" NOT NULL,
	kind          text COLLATE "C" NOT NULL DEFAULT 'private' CHECK (kind IN ('private', 'redundant', 'harmless')),
	private_when  text COLLATE "C",
	reason        text NOT NULL,
	shipped       boolean NOT NULL DEFAULT false,
	PRIMARY KEY (source_table, source_column)
);
COMMENT ON TABLE mwmirror.column_private IS 'Source columns that are left behind on purpose: neither mirrored nor reported as unknown.';
COMMENT ON COLUMN mwmirror.column_private.source_table IS 'Table of MediaWiki, without prefix.';
COMMENT ON COLUMN mwmirror.column_private.source_column IS 'Column of that table.';
COMMENT ON COLUMN mwmirror.column_private.kind IS 'private: must not leave MariaDB. redundant: another column says the same. harmless: its name is like one of private_name, and it may be mirrored all the same.';
COMMENT ON COLUMN mwmirror.column_private.private_when IS 'Private only in rows where this column of the table is not zero; NULL: always.';
COMMENT ON COLUMN mwmirror.column_private.reason IS 'Why.';
COMMENT ON COLUMN mwmirror.column_private.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.private_name (
	pattern text COLLATE "C" PRIMARY KEY CONSTRAINT pattern_is_in_lower_case CHECK (pattern = lower(pattern)),
	reason  text NOT NULL,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE mwmirror.private_name IS 'Names of source columns of any table, as patterns of LIKE, whose values are taken for private unless column_private says of the column what it is.';
COMMENT ON COLUMN mwmirror.private_name.pattern IS 'Pattern of LIKE, in lower case; names are compared without case.';
COMMENT ON COLUMN mwmirror.private_name.reason IS 'What columns with such names hold.';
COMMENT ON COLUMN mwmirror.private_name.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.column_migration (
	source_table  text COLLATE "C" NOT NULL,
	source_column text COLLATE "C" NOT NULL,
	unfilled      text,
	shipped       boolean NOT NULL DEFAULT false,
	PRIMARY KEY (source_table, source_column)
);
COMMENT ON TABLE mwmirror.column_migration IS 'Source columns that MediaWiki''s upgrades add or drop while column_map gives the same of each row before and after: the table is not read again because of it.';
COMMENT ON COLUMN mwmirror.column_migration.source_table IS 'Table of MediaWiki, without prefix.';
COMMENT ON COLUMN mwmirror.column_migration.source_column IS 'Column of that table.';
COMMENT ON COLUMN mwmirror.column_migration.unfilled IS 'SQL condition of rows of the mirror table that still come of what MediaWiki moves from: if there are such rows when the column becomes NOT NULL, or goes, the table is read again. NULL: none matter.';
COMMENT ON COLUMN mwmirror.column_migration.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TABLE mwmirror.table_skipped (
	source_table text COLLATE "C" PRIMARY KEY,
	reason       text NOT NULL,
	shipped      boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE mwmirror.table_skipped IS 'Source tables that are not mirrored on purpose, so that they are not reported as unknown.';
COMMENT ON COLUMN mwmirror.table_skipped.source_table IS 'Table of MediaWiki, without prefix.';
COMMENT ON COLUMN mwmirror.table_skipped.reason IS 'Why.';
COMMENT ON COLUMN mwmirror.table_skipped.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';
