/*
 * sql/mapping/blocks.sql
 *	  From MediaWiki's tables to the mirror's: blocks, in the shape of MediaWiki 1.42 and later.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, own_rows, mw_group)
VALUES ('block_target', 'block_target', 500, 'bt_id > 0', 'blocks');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'block_target', 'block_target', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('bt_id', 'int'),
	('bt_user', 'int'),
	('bt_user_text', 'text'),
	('bt_auto', 'bool'),
	('bt_count', 'int')
) AS same (name, kind);
-- the address of an autoblock is that of a registered user
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds, null_when)
SELECT 'block_target', 'block_target', name, ARRAY[name], '{text}', '{bt_auto}'
FROM (VALUES ('bt_address'), ('bt_range_start'), ('bt_range_end'), ('bt_ip_hex')) AS address (name);
INSERT INTO mwmirror.column_private (source_table, source_column, kind, private_when, reason)
SELECT 'block_target', name, 'private', 'bt_auto', 'IP address of a registered user under an autoblock'
FROM (VALUES ('bt_address'), ('bt_range_start'), ('bt_range_end'), ('bt_ip_hex')) AS address (name);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, own_rows, mw_group)
VALUES ('block', 'block', 510, 'bl_target > 0', 'blocks');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'block', 'block', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('bl_id', 'int'),
	('bl_target', 'int'),
	('bl_by_actor', 'int'),
	('bl_reason_id', 'int'),
	('bl_timestamp', 'timestamp'),
	('bl_anon_only', 'bool'),
	('bl_create_account', 'bool'),
	('bl_enable_autoblock', 'bool'),
	('bl_expiry', 'timestamp'),
	('bl_deleted', 'bool'),
	('bl_block_email', 'bool'),
	('bl_allow_usertalk', 'bool'),
	('bl_parent_block_id', 'int'),
	('bl_sitewide', 'bool')
) AS same (name, kind);
/*
 * Before MediaWiki 1.42 ipblocks holds both, and is copied behind them: rows that MediaWiki has moved already stay. The target gets the id -ipb_id. What goes where is what
 * MediaWiki 1.43's maintenance/migrateBlocks.php does.
 */
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, own_rows, mw_group)
VALUES
	('ipblocks', 'block_target', 511, 'bt_id < 0', 'blocks'),
	('ipblocks', 'block', 512, 'bl_target < 0', 'blocks');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds,
	null_when, null_unless, expression)
VALUES
	('ipblocks', 'block_target', 'bt_id', '{ipb_id}', '{negated}', '{}', '{}', NULL),
	('ipblocks', 'block_target', 'bt_address', '{ipb_address}', '{text}', '{ipb_user,ipb_auto}', '{}', NULL),
	('ipblocks', 'block_target', 'bt_user', '{ipb_user}', '{int}', '{}', '{ipb_user}', NULL),
	('ipblocks', 'block_target', 'bt_user_text', '{ipb_address}', '{text}', '{ipb_auto}', '{ipb_user}', NULL),
	('ipblocks', 'block_target', 'bt_auto', '{ipb_auto}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block_target', 'bt_range_start', '{ipb_range_start,ipb_address}', '{text,text}',
		'{ipb_user,ipb_auto}', '{}', 'mwmirror.block_range_hex(%1, %2)'),
	('ipblocks', 'block_target', 'bt_range_end', '{ipb_range_end,ipb_address}', '{text,text}',
		'{ipb_user,ipb_auto}', '{}', 'mwmirror.block_range_hex(%1, %2)'),
	('ipblocks', 'block_target', 'bt_ip_hex', '{ipb_range_start}', '{text}', '{ipb_user,ipb_auto}', '{}', NULL),
	('ipblocks', 'block_target', 'bt_count', '{}', '{constant}', '{}', '{}', '1'),
	('ipblocks', 'block', 'bl_id', '{ipb_id}', '{int}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_target', '{ipb_id}', '{negated}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_by_actor', '{ipb_by_actor}', '{int}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_reason_id', '{ipb_reason_id}', '{int}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_timestamp', '{ipb_timestamp}', '{timestamp}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_anon_only', '{ipb_anon_only}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_create_account', '{ipb_create_account}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_enable_autoblock', '{ipb_enable_autoblock}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_expiry', '{ipb_expiry}', '{timestamp}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_deleted', '{ipb_deleted}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_block_email', '{ipb_block_email}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_allow_usertalk', '{ipb_allow_usertalk}', '{bool}', '{}', '{}', NULL),
	('ipblocks', 'block', 'bl_parent_block_id', '{ipb_parent_block_id}', '{int}', '{}', '{ipb_parent_block_id}', NULL),
	('ipblocks', 'block', 'bl_sitewide', '{ipb_sitewide}', '{bool}', '{}', '{}', NULL);
INSERT INTO mwmirror.column_private (source_table, source_column, kind, private_when, reason)
SELECT 'ipblocks', name, 'private', 'ipb_auto', 'IP address of a registered user under an autoblock'
FROM (VALUES ('ipb_address'), ('ipb_range_start'), ('ipb_range_end')) AS address (name);

INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES
	('block', 'bl_block_email', 'harmless', 'whether the block is of mail to users, too'),
	('ipblocks', 'ipb_block_email', 'harmless', 'whether the block is of mail to users, too');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('ipblocks_restrictions', 'ipblocks_restrictions', 520, 'blocks');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'ipblocks_restrictions', 'ipblocks_restrictions', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ir_ipb_id', 'int'),
	('ir_type', 'int'),
	('ir_value', 'int')
) AS same (name, kind);
