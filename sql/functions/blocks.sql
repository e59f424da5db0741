/*
 * sql/functions/blocks.sql
 *	  Addresses of ipblocks in the shape of block_target.
 */

CREATE FUNCTION mwmirror.block_range_hex(hex text, address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN address ~ '[/-]' THEN hex END;
COMMENT ON FUNCTION mwmirror.block_range_hex(text, text) IS
	'First or last address (hexadecimal) of a blocked range; NULL if the address is a single one, for which ipblocks repeats it and block_target has NULL.';
