/*
 * sql/functions/externallinks.sql
 *	  Splits externallinks.el_index of MediaWiki 1.39 into the two columns of 1.41 and later.
 *
 * MediaWiki 1.39 LinkFilter::makeIndexes() joins scheme, delimiter, reversed host, port, path, query and
 * fragment; 1.43 keeps the halves apart. Hosts hold no "/", "?" or "#" (indexifyHost escapes them). After
 * "://" the path begins at the first of them; for "mailto:" and the like 1.39 takes all of the path as host.
 */

CREATE FUNCTION mwmirror.external_link_domain_index(el_index text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring(el_index FROM CASE WHEN el_index ~ '^[^:/?#]*://' THEN '^[^:/?#]*://[^/?#]*' ELSE '^[^?#]*' END);
COMMENT ON FUNCTION mwmirror.external_link_domain_index(text) IS
	'externallinks.el_to_domain_index (scheme, reversed host, port) of an el_index of MediaWiki 1.39.';

CREATE FUNCTION mwmirror.external_link_path(el_index text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substr(el_index, length(mwmirror.external_link_domain_index(el_index)) + 1);
COMMENT ON FUNCTION mwmirror.external_link_path(text) IS
	'externallinks.el_to_path (path, query, fragment) of an el_index of MediaWiki 1.39.';
