/*
 * tests/sql_update.sql
 *	  All that the extension has made in this database, one line each, in an order that does not depend on how it was made:
 *	  "kind|name|what". Run by tests/sql_update with psql -A -t; two mirrors of one version give the same text.
 */
SET search_path = pg_catalog;
CREATE TEMP VIEW made_schema AS
	SELECT oid, nspname, nspacl FROM pg_namespace WHERE nspname IN ('mwmirror', 'mediawiki');
CREATE TEMP VIEW made_class AS
	SELECT c.oid, c.oid::regclass::text AS name, c.*::pg_class AS c
	FROM pg_class c WHERE relnamespace IN (SELECT oid FROM made_schema);
CREATE FUNCTION pg_temp.rights(acl aclitem[]) RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce(string_agg(a::text, ' ' ORDER BY a::text COLLATE "C"), 'none') FROM unnest(acl) a $$;

SELECT line FROM (
	SELECT concat_ws('|', 'version', extversion) FROM pg_extension WHERE extname = 'mwmirror'
	UNION ALL
	SELECT concat_ws('|', 'member', o.type, o.identity)
	FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) o
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mwmirror')
	UNION ALL
	SELECT concat_ws('|', 'kept by pg_dump', x.config::regclass, x.condition)
	FROM pg_extension, unnest(extconfig, extcondition) AS x (config, condition) WHERE extname = 'mwmirror'
	UNION ALL
	SELECT concat_ws('|', 'schema', nspname, pg_temp.rights(nspacl)) FROM made_schema
	UNION ALL
	SELECT concat_ws('|', 'relation', name, (c).relkind, (c).relpersistence, (c).relreplident, (c).relrowsecurity,
		coalesce((c).reloptions::text, 'no options'), pg_temp.rights((c).relacl))
	FROM made_class
	UNION ALL
	SELECT concat_ws('|', 'column', name || '.' || attname,
		row_number() OVER (PARTITION BY attrelid ORDER BY attnum), format_type(atttypid, atttypmod),
		nullif(attcollation, 0)::regcollation, attnotnull, attstorage, attcompression, attidentity, attgenerated, attstattarget,
		-- some servers keep a number of their own among the options
		ARRAY(SELECT o FROM unnest(attoptions) o WHERE o !~ '^pg_' ORDER BY o), pg_temp.rights(attacl), pg_get_expr(adbin, adrelid))
	FROM made_class
	JOIN pg_attribute a ON attrelid = made_class.oid AND attnum > 0 AND NOT attisdropped
	LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE (c).relkind IN ('r', 'p', 'v', 'm', 'c')
	UNION ALL
	SELECT concat_ws('|', 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
	FROM pg_constraint WHERE connamespace IN (SELECT oid FROM made_schema)
	UNION ALL
	SELECT concat_ws('|', 'index', indexrelid::regclass, indisvalid, indisreplident, indisclustered, pg_get_indexdef(indexrelid))
	FROM pg_index JOIN made_class ON made_class.oid = indexrelid
	UNION ALL
	SELECT concat_ws('|', 'sequence', name, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
	FROM made_class JOIN pg_sequence s ON seqrelid = made_class.oid
	UNION ALL
	SELECT concat_ws('|', 'trigger', name, tgenabled, pg_get_triggerdef(t.oid))
	FROM made_class JOIN pg_trigger t ON tgrelid = made_class.oid WHERE NOT tgisinternal
	UNION ALL
	SELECT concat_ws('|', 'rule', name, pg_get_ruledef(r.oid))
	FROM made_class JOIN pg_rewrite r ON ev_class = made_class.oid
	UNION ALL
	SELECT concat_ws('|', 'function', p.oid::regprocedure, pg_temp.rights(proacl), pg_get_functiondef(p.oid))
	FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM made_schema)
	UNION ALL
	SELECT concat_ws('|', 'type', t.oid::regtype, typtype, format_type(typbasetype, typtypmod), typdefault, pg_temp.rights(typacl),
		(SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
	FROM pg_type t WHERE typnamespace IN (SELECT oid FROM made_schema) AND typtype IN ('b', 'd', 'e', 'r') AND typelem = 0
	UNION ALL
	SELECT concat_ws('|', 'comment', o.type, o.identity, description)
	FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
	WHERE o.schema IN ('mwmirror', 'mediawiki') OR (o.type IN ('schema', 'extension') AND o.name IN ('mwmirror', 'mediawiki'))
		OR (o.schema IS NULL AND o.identity ~ 'm(wmirror|ediawiki)\.')
	UNION ALL
	SELECT concat_ws('|', 'right by default', defaclrole::regrole, nspname, defaclobjtype, pg_temp.rights(defaclacl))
	FROM pg_default_acl JOIN made_schema ON made_schema.oid = defaclnamespace
) AS described (line)
ORDER BY line COLLATE "C";

-- rows that the extension brought: all there are in a mirror that was just made (the database sorts by C)
SELECT format('SELECT concat_ws(''|'', ''row'', %L, to_jsonb(t)) FROM %s t ORDER BY 1', name, name)
FROM made_class WHERE (c).relkind = 'r' ORDER BY name \gexec
