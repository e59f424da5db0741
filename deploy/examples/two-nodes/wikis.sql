-- deploy/examples/two-nodes/wikis.sql: one database that shows the wikis of several nodes, each a PostgreSQL with a mirror of some of them.
--
-- Each mirror table is a table here, partitioned by wiki_id: a partition a node, and that is a foreign table. What asks for one wiki asks its node
-- alone; joins by wiki_id, and aggregates that are grouped by it, run on the nodes, at the same time. README.md goes through it.

DO $$
BEGIN
	-- the mirror's collation, too: a column of another collation than the database's cannot be compared on the nodes
	IF (SELECT datcollate <> 'C' FROM pg_database WHERE datname = current_database()) THEN
		RAISE EXCEPTION 'this database does not sort as the nodes'' tables do' USING HINT = 'Make it with createdb -T template0 -E UTF8 --locale=C.';
	END IF;
END
$$;

CREATE EXTENSION postgres_fdw;
CREATE SCHEMA mediawiki;
CREATE SCHEMA wikis;

-- for sessions that begin from now on; without these, joins and aggregates over several nodes fetch the rows
DO $$
BEGIN
	EXECUTE format('ALTER DATABASE %I SET enable_partitionwise_join = on', current_database());
	EXECUTE format('ALTER DATABASE %I SET enable_partitionwise_aggregate = on', current_database());
END
$$;

CREATE TABLE wikis.node (
	node    name PRIMARY KEY CHECK (node NOT IN ('mediawiki', 'wikis', 'public')),
	wiki_id text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE wikis.node IS 'Nodes, and the wikis of each when refresh() last looked.';

CREATE FUNCTION wikis.node_add(node name, place jsonb, login jsonb)
RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
	options CONSTANT text := 'SELECT string_agg(format(''%I %L'', key, value), '', '') FROM jsonb_each_text($1)';
	at text;
	who text;
BEGIN
	EXECUTE options INTO at USING '{"async_capable": "true", "fetch_size": "10000", "use_remote_estimate": "true"}' || place;
	EXECUTE options INTO who USING login;
	EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER postgres_fdw OPTIONS (%s)', node, at);
	EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER %I OPTIONS (%s)', node, who);
	EXECUTE format('CREATE SCHEMA %I', node);
	INSERT INTO wikis.node VALUES (node_add.node);
	PERFORM wikis.refresh();
END
$function$;
COMMENT ON FUNCTION wikis.node_add(name, jsonb, jsonb) IS
	'Adds a node. Args: its name, which becomes a schema with its tables; options of postgres_fdw for its server (host, port, dbname ...) and for who reads there (user, password ...).';

CREATE FUNCTION wikis.import(node name)
RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
	-- the partitions, too
	EXECUTE format('DROP SCHEMA %I CASCADE', node);
	EXECUTE format('CREATE SCHEMA %I', node);
	EXECUTE format('IMPORT FOREIGN SCHEMA mediawiki FROM SERVER %1$I INTO %1$I OPTIONS (import_collate ''false'')', node);
	EXECUTE format('IMPORT FOREIGN SCHEMA mwmirror LIMIT TO (wiki) FROM SERVER %1$I INTO %1$I OPTIONS (import_collate ''false'')', node);
	EXECUTE format('UPDATE wikis.node SET wiki_id = (SELECT coalesce(array_agg(w.wiki_id ORDER BY 1), ''{}'') FROM %1$I.wiki AS w) WHERE node = %1$L', node);
END
$function$;
COMMENT ON FUNCTION wikis.import(name) IS 'Has a node''s foreign tables as the tables are there now. Arg: node.';

CREATE FUNCTION wikis.attach(node name, of_table name, wiki_ids text[])
RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
	part CONSTANT text := format('%I.%I', node, of_table);
	whole CONSTANT text := format('%I.%I', CASE of_table WHEN 'wiki' THEN 'wikis' ELSE 'mediawiki' END, of_table);
	missing text;
BEGIN
	EXECUTE format('CREATE TABLE IF NOT EXISTS %s (LIKE %s) PARTITION BY LIST (wiki_id)', whole, part);
	-- of a newer version of mwmirror
	FOR missing IN
		SELECT format('ALTER TABLE %s ADD COLUMN %I %s', whole, a.attname, format_type(a.atttypid, a.atttypmod))
		FROM pg_attribute AS a
		WHERE a.attrelid = part::regclass AND a.attnum > 0
			AND NOT EXISTS (SELECT FROM pg_attribute AS o WHERE o.attrelid = whole::regclass AND o.attname = a.attname AND NOT o.attisdropped)
	LOOP
		EXECUTE missing;
	END LOOP;
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%s)', whole, part, (SELECT string_agg(quote_literal(w), ', ') FROM unnest(wiki_ids) AS w));
END
$function$;
COMMENT ON FUNCTION wikis.attach(name, name, text[]) IS 'Makes a node''s foreign table the partition of its wikis. Args: node; table; wikis.';

CREATE FUNCTION wikis.refresh()
RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
	-- in one transaction: who reads meanwhile waits. A wiki that two nodes have is refused by PostgreSQL, as partitions would overlap
	PERFORM wikis.import(node) FROM wikis.node;
	PERFORM wikis.attach(n.node, c.relname, n.wiki_id)
	FROM wikis.node AS n JOIN pg_namespace AS s ON s.nspname = n.node JOIN pg_class AS c ON c.relnamespace = s.oid
	WHERE c.relkind = 'f' AND n.wiki_id <> '{}'
	ORDER BY c.relname, n.node;
END
$function$;
COMMENT ON FUNCTION wikis.refresh() IS 'Looks at which wikis and tables the nodes have now: to be called when a node has got a wiki, has lost one, or is updated.';
