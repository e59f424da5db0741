/*
 * sql/functions/streams.sql
 *	  Which streams the module writes, for those who make their topics and publish to them.
 */

CREATE FUNCTION mwmirror.streams(OUT name text, OUT schema text, OUT partitions integer, OUT cleanup text, OUT retention_ms text)
RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_streams';
COMMENT ON FUNCTION mwmirror.streams() IS
	'The streams of events that the output plugin writes: name, which is the topic''s without the prefix; $schema of its events; and of its topic the number of partitions, cleanup.policy, and retention.ms (NULL: the broker''s own).';
