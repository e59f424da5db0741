/*
 * sql/functions/linktarget.sql
 *	  Link targets and collations for wikis whose links still hold titles, and names of collations (pagelinks up to MediaWiki 1.40,
 *	  categorylinks 1.43, imagelinks 1.45).
 */

CREATE SEQUENCE mwmirror.linktarget_own_id INCREMENT BY -1 MINVALUE -9223372036854775808 MAXVALUE -1 START WITH -1;
COMMENT ON SEQUENCE mwmirror.linktarget_own_id IS 'Next of the mirror''s own, negative linktarget.lt_id, over all wikis.';

-- one own row a title; the wiki's own rows (templatelinks has them in 1.39 already) are not looked at
CREATE UNIQUE INDEX linktarget_own ON mediawiki.linktarget (wiki_id, lt_namespace, lt_title) WHERE lt_id < 0;

CREATE FUNCTION mwmirror.linktarget_id(wiki text, namespace bigint, title text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	found_id bigint;
BEGIN
	LOOP
		SELECT lt_id INTO found_id
		FROM mediawiki.linktarget
		WHERE wiki_id = wiki AND lt_namespace = namespace::integer AND lt_title = title AND lt_id < 0;
		IF found_id IS NOT NULL THEN
			RETURN found_id;
		END IF;
		INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title)
		VALUES (wiki, nextval('mwmirror.linktarget_own_id'), namespace::integer, title)
		ON CONFLICT (wiki_id, lt_namespace, lt_title) WHERE lt_id < 0 DO NOTHING
		RETURNING lt_id INTO found_id;
		IF found_id IS NOT NULL THEN
			RETURN found_id;
		END IF;
		-- another session was first: read what it has committed
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.linktarget_id(text, bigint, text) IS
	'Id of the mirror''s own linktarget row (negative) for wiki_id, namespace and title; makes the row if there is none. Errors: namespace out of range of integer.';

CREATE SEQUENCE mwmirror.collation_own_id AS integer INCREMENT BY -1 MINVALUE -2147483648 MAXVALUE -1 START WITH -1;
COMMENT ON SEQUENCE mwmirror.collation_own_id IS 'Next of the mirror''s own, negative collation.collation_id, over all wikis.';

CREATE UNIQUE INDEX collation_own ON mediawiki.collation (wiki_id, collation_name) WHERE collation_id < 0;

CREATE FUNCTION mwmirror.collation_id(wiki text, name text)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	found_id integer;
BEGIN
	LOOP
		SELECT c.collation_id INTO found_id
		FROM mediawiki.collation c
		WHERE c.wiki_id = wiki AND c.collation_name = name AND c.collation_id < 0;
		IF found_id IS NOT NULL THEN
			RETURN found_id;
		END IF;
		INSERT INTO mediawiki.collation (wiki_id, collation_id, collation_name)
		VALUES (wiki, nextval('mwmirror.collation_own_id'), name)
		ON CONFLICT (wiki_id, collation_name) WHERE collation_id < 0 DO NOTHING
		RETURNING collation_id INTO found_id;
		IF found_id IS NOT NULL THEN
			RETURN found_id;
		END IF;
		-- another session was first: read what it has committed
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.collation_id(text, text) IS
	'Id of the mirror''s own collation row (negative) for wiki_id and name; makes the row if there is none.';
