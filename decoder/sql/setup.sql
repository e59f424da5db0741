-- Registers two wikis, makes the functions that the other tests write rows with, and creates the slot.
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
CREATE EXTENSION mwmirror;
RESET client_min_messages;

-- all that is told is the same if the tables are partitioned
\getenv partitioned MWMIRROR_PARTITIONED
\if :{?partitioned}
DO $do$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'r' LOOP
		PERFORM mwmirror.partition_by_wiki(name);
		PERFORM mwmirror.partition_add(name, 'testwiki');
	END LOOP;
END
$do$;
\endif

INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language,
		autoconfirm_age, autoconfirm_count, temp_accounts, private, snapshot_gtid)
	VALUES ('testwiki', 'test', 'test.example.org', 'https://test.example.org', '/wiki/$1', 'en', 345600, 10, false, false, '0-1-1'),
		('tempwiki', 'test', 'temp.example.org', 'https://temp.example.org', '/index.php?title=$1&x=1', 'en', 0, 0, true, false, '0-1-1');
INSERT INTO mwmirror.wiki_namespace
	SELECT w, n, t FROM unnest(ARRAY['testwiki', 'tempwiki']) w,
		(VALUES (-1, 'Special'), (0, ''), (1, 'Talk'), (2, 'User'), (3, 'User_talk'), (4, 'Project'), (6, 'File')) v(n, t);
INSERT INTO mediawiki.content_models
	SELECT w, n, t FROM unnest(ARRAY['testwiki', 'tempwiki']) w,
		(VALUES (1, 'wikitext'), (2, 'json'), (3, 'wikibase-mediainfo'), (4, 'made-up')) v(n, t);
INSERT INTO mediawiki.slot_roles
	SELECT w, n, t FROM unnest(ARRAY['testwiki', 'tempwiki']) w, (VALUES (1, 'main'), (2, 'mediainfo')) v(n, t);
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration, user_editcount, user_is_temp, user_is_system)
	VALUES ('testwiki', 1, 'Admin', '2020-01-02 03:04:05+00', 34, false, false),
		('testwiki', 2, 'Newcomer', '2023-11-14 00:00:00+00', 3, false, false),
		('testwiki', 3, 'Robot', NULL, 100000, false, false),
		('testwiki', 4, 'Maintenance script', '2020-01-01 00:00:00+00', 0, false, true),
		('tempwiki', 1, 'Named', '2023-01-01 00:00:00+00', 0, false, false),
		('tempwiki', 2, '~2023-1', '2023-11-01 00:00:00+00', 1, true, false);
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name)
	VALUES ('testwiki', 1, 1, 'Admin'), ('testwiki', 2, 2, 'Newcomer'), ('testwiki', 3, 3, 'Robot'),
		('testwiki', 4, 4, 'Maintenance script'), ('testwiki', 5, NULL, '192.0.2.1'),
		('tempwiki', 1, 1, 'Named'), ('tempwiki', 2, 2, '~2023-1');
INSERT INTO mediawiki.user_groups (wiki_id, ug_user, ug_group, ug_expiry)
	VALUES ('testwiki', 1, 'sysop', NULL), ('testwiki', 1, 'bureaucrat', 'infinity'),
		('testwiki', 1, 'expired', '2023-01-01'), ('testwiki', 3, 'bot', NULL);

CREATE SCHEMA t;

-- when the test's sequence number s happens
CREATE FUNCTION t.at(s int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
	$$SELECT to_timestamp(1700000000 + s)$$;

-- The writer's rows go through mwmirror.apply(), which puts with them into the WAL what they refer to: a trigger takes each row
-- that a statement writes, and hands it over in a batch (decoder/wire/batch.h) of its own. The setting t.writer is the source
-- that the session writes; without it statements are plain ones.
CREATE FUNCTION t.n(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN n < 1 << 7 THEN decode(lpad(to_hex(n), 2, '0'), 'hex')
		WHEN n < 1 << 14 THEN decode(lpad(to_hex((((n & 127) | 128) << 8) | (n >> 7)), 4, '0'), 'hex')
		WHEN n < 1 << 21 THEN decode(lpad(to_hex((((n & 127) | 128) << 16) | ((((n >> 7) & 127) | 128) << 8) | (n >> 14)), 6, '0'), 'hex')
	END$$;
CREATE FUNCTION t.string(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT t.n(octet_length($1)) || $1$$;
CREATE FUNCTION t.value(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT CASE WHEN $1 IS NULL THEN '\x01' ELSE t.n(octet_length($1) * 4) || $1 END$$;
CREATE FUNCTION t.batch(shape bytea, gtid text, items bytea, changes int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT '\x0101' || t.n((shape <> '')::int) || shape || 'G' || t.string(gtid::bytea) || items || 'Z' || t.n(changes)$$;
DO $do$
DECLARE
	target record;
BEGIN
	FOR target IN
		SELECT c.oid::regclass AS name, c.relname,
			t.string('mediawiki') || t.string(c.relname::text::bytea) || t.n(i.indnkeyatts) || t.n(count(*)) ||
				string_agg(t.string(a.attname::text::bytea), '' ORDER BY k.n, a.attnum) AS shape,
			string_agg(v, ' || ' ORDER BY k.n, a.attnum) AS set,
			string_agg(replace(v, 'new.', 'old.'), ' || ' ORDER BY k.n) FILTER (WHERE k.n <= i.indnkeyatts) AS find
		FROM pg_class c
		JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
		LEFT JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY k(attnum, n) ON k.attnum = a.attnum,
			LATERAL (SELECT format('t.value(%s(new.%I))', typsend, attname) AS v FROM pg_type WHERE pg_type.oid = atttypid) x
		WHERE relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p')
			AND relname IN (SELECT from_table FROM mwmirror.reference UNION SELECT to_table FROM mwmirror.reference)
		GROUP BY c.oid, i.indnkeyatts
	LOOP
		EXECUTE format($f$CREATE FUNCTION t.write_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				IF coalesce(current_setting('t.writer', true), '') = '' OR pg_trigger_depth() > 1 THEN
					RETURN CASE tg_op WHEN 'DELETE' THEN old ELSE new END;
				END IF;
				PERFORM mwmirror.apply(t.batch(%2$L, '0-1-0', CASE tg_op
					WHEN 'INSERT' THEN 'I\000\000' || %3$s
					WHEN 'UPDATE' THEN 'U\000\000' || %4$s || %3$s
					ELSE 'D\000\000' || %4$s END, 1));
				RETURN NULL;
			END$$$f$, target.relname, target.shape, target.set, target.find);
		EXECUTE format('CREATE TRIGGER write BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION t.write_%s()',
			target.name, target.relname);
	END LOOP;
END
$do$;

CREATE FUNCTION t.mark(s int, wikis text[] DEFAULT '{testwiki,tempwiki}', source text DEFAULT 'test') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('t.writer', true) = source THEN
		PERFORM mwmirror.apply(t.batch('', '0-1-' || s, 'E' || t.string(format(E'U 0-1-%s %s %s %s\n', s, extract(epoch FROM t.at(s))::bigint,
			source, (SELECT string_agg(length(w) || ':' || w, ' ') FROM unnest(wikis) w))::bytea), 0));
	ELSE
		PERFORM mwmirror.emit_mark(source, '0-1-' || s, wikis, t.at(s));
	END IF;
END$$;

-- gives this session the origin of a source; the session of the test before may still be about to end
CREATE FUNCTION t.take_origin(source text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	FOR attempt IN 1 .. 1000 LOOP
		BEGIN
			RETURN mwmirror.origin_setup(source, 'follow');
		EXCEPTION WHEN object_in_use THEN
			PERFORM pg_sleep(0.01);
		END;
	END LOOP;
	RAISE 'source % is still being written', source;
END$$;
-- makes this session the writer of a source
CREATE FUNCTION t.follow(source text DEFAULT 'test') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF pg_replication_origin_session_is_setup() THEN
		PERFORM pg_replication_origin_session_reset();
	END IF;
	PERFORM t.take_origin(source), set_config('t.writer', source, false);
END$$;

CREATE SEQUENCE t.comments;
CREATE FUNCTION t.comment(text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint := nextval('t.comments');
BEGIN
	INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES ('testwiki', id, $1);
	RETURN id;
END$$;

-- a revision with its slots; content: the id of an existing one, or NULL for a new one named after the revision
CREATE FUNCTION t.revision(rev bigint, p bigint, actor bigint, comment text, parent bigint, s int,
	content bigint DEFAULT NULL, bits int DEFAULT 0, minor boolean DEFAULT false, model int DEFAULT 1)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF content IS NULL THEN
		INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
			VALUES ('testwiki', rev + 1000, rev, 'sha1of' || rev, model, 'tt:' || rev);
	END IF;
	INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
		VALUES ('testwiki', rev, 1, coalesce(content, rev + 1000), coalesce(content - 1000, rev));
	INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit,
			rev_deleted, rev_len, rev_parent_id, rev_sha1)
		VALUES ('testwiki', rev, p, t.comment(comment), actor, t.at(s), minor, bits,
			coalesce(content - 1000, rev), parent, 'sha1of' || coalesce(content - 1000, rev));
END$$;

-- a new page as MediaWiki writes it: page_latest is 0 first
CREATE FUNCTION t.page(p bigint, ns int, title text, rev bigint, actor bigint, comment text, s int, redirect text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_is_new, page_latest)
		VALUES ('testwiki', p, ns, title, true, 0);
	PERFORM t.revision(rev, p, actor, comment, 0, s);
	UPDATE mediawiki.page SET page_latest = rev, page_is_redirect = redirect IS NOT NULL
		WHERE wiki_id = 'testwiki' AND page_id = p;
	IF redirect IS NOT NULL THEN
		INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title) VALUES ('testwiki', p, 0, redirect);
	END IF;
END$$;

CREATE FUNCTION t.edit(p bigint, rev bigint, actor bigint, comment text, s int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM t.revision(rev, p, actor, comment, (SELECT page_latest FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = p), s);
	UPDATE mediawiki.page SET page_latest = rev WHERE wiki_id = 'testwiki' AND page_id = p;
END$$;

CREATE FUNCTION t.log(id bigint, type text, action text, actor bigint, comment text, ns int, title text, p bigint, s int)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_action, log_timestamp, log_actor, log_namespace, log_title,
			log_page, log_comment_id)
		VALUES ('testwiki', id, type, action, t.at(s), actor, ns, title, p, t.comment(comment))
$$;

-- moves revisions to archive
CREATE FUNCTION t.archive(p bigint, bits int DEFAULT NULL, revs bigint[] DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.archive (wiki_id, ar_id, ar_namespace, ar_title, ar_comment_id, ar_actor, ar_timestamp, ar_minor_edit,
			ar_rev_id, ar_deleted, ar_len, ar_page_id, ar_parent_id, ar_sha1)
		SELECT wiki_id, rev_id + 5000, page_namespace, page_title, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit,
			rev_id, coalesce(bits, rev_deleted), rev_len, rev_page, rev_parent_id, rev_sha1
		FROM mediawiki.revision JOIN mediawiki.page USING (wiki_id)
		WHERE wiki_id = 'testwiki' AND rev_page = p AND page_id = p AND (revs IS NULL OR rev_id = ANY (revs))
		ORDER BY rev_id;
	DELETE FROM mediawiki.revision
		WHERE wiki_id = 'testwiki' AND rev_page = p AND (revs IS NULL OR rev_id = ANY (revs));
$$;

CREATE FUNCTION t.delete(p bigint, bits int DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	SELECT t.archive(p, bits);
	DELETE FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = p;
$$;

-- restores revisions from archive into a page, which may be new
CREATE FUNCTION t.restore(revs bigint[], p bigint, ns int, title text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = p) THEN
		INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('testwiki', p, ns, title, 0);
	END IF;
	INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit,
			rev_deleted, rev_len, rev_parent_id, rev_sha1)
		SELECT wiki_id, ar_rev_id, p, ar_comment_id, ar_actor, ar_timestamp, ar_minor_edit,
			ar_deleted & ~8, ar_len, ar_parent_id, ar_sha1
		FROM mediawiki.archive WHERE wiki_id = 'testwiki' AND ar_rev_id = ANY (revs);
	UPDATE mediawiki.page SET page_latest = (SELECT max(rev_id) FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_page = p)
		WHERE wiki_id = 'testwiki' AND page_id = p;
	DELETE FROM mediawiki.archive WHERE wiki_id = 'testwiki' AND ar_rev_id = ANY (revs);
END$$;

-- says an event's line in the server's log too, where tests/installcheck finds it and checks it against its schema
CREATE FUNCTION t.noted(line text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF line ~ '^(mediawiki|mwmirror|resource)' THEN
		RAISE LOG '%', line;
	END IF;
	RETURN line;
END$$;

-- says the schemas of state streams there too, as the tables are now
CREATE FUNCTION t.state_schemas() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	schema jsonb;
	number int := 0;
BEGIN
	FOR schema IN SELECT mwmirror.state_schema(name) FROM mwmirror.streams() WHERE of_table IS NOT NULL LOOP
		RAISE LOG '%', schema;
		number := number + 1;
	END LOOP;
	RETURN number;
END$$;

-- what the plugin says since the last call: one line a row, or each event's members of interest; of the streams that the setting
-- t.streams names by a pattern, of page_change without it
CREATE FUNCTION t.shown(line text) RETURNS boolean LANGUAGE sql AS
	$$SELECT line !~ '^(mediawiki|mwmirror|resource)' OR line ~ ('^(mediawiki\.|mwmirror\.)?' || coalesce(nullif(current_setting('t.streams', true), ''), 'page_change'))$$;
CREATE FUNCTION t.lines(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT line FROM (SELECT t.noted(data) AS line
		FROM pg_logical_slot_get_changes('regression_slot', NULL, NULL, VARIADIC ARRAY['format', 'text'] || options)) x
	WHERE t.shown(line)$$;

CREATE FUNCTION t.events() RETURNS SETOF jsonb LANGUAGE sql AS
	$$SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb FROM t.lines() l WHERE l !~ '^(BEGIN|COMMIT) '$$;

SELECT slot_name FROM pg_create_logical_replication_slot('regression_slot', 'mwmirror');
