/*
 * sql/mapping/users.sql
 *	  From MediaWiki's tables to the mirror's: accounts, their groups and lists.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('user', 'user', 400, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user', 'user', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('user_id', 'int'),
	('user_name', 'text'),
	('user_real_name', 'text'),
	('user_registration', 'timestamp'),
	('user_editcount', 'int')
) AS same (name, kind);
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('user', 'user', 'user_is_temp', 1, '{user_is_temp}', '{bool}', NULL),
	('user', 'user', 'user_is_temp', 2, '{}', '{constant}', 'false'),
	('user', 'user', 'user_token_is_invalid', 1, '{user_token}', '{token_invalid}', NULL),
	('user', 'user', 'user_email_is_empty', 1, '{user_email}', '{email_empty}', NULL),
	('user', 'user', 'user_password_is_unusable', 1, '{user_password}', '{password_unusable}', NULL),
	('user', 'user', 'user_is_system', 1, '{user_token,user_email,user_password}',
		'{token_invalid,email_empty,password_unusable}', '%1 AND %2 AND %3');
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES
	('user', 'user_password', 'private', 'password hash; read only for user_password_is_unusable'),
	('user', 'user_newpassword', 'private', 'password hash'),
	('user', 'user_newpass_time', 'private', 'when a password was mailed'),
	('user', 'user_password_expires', 'private', 'state of the password'),
	('user', 'user_email', 'private', 'email address; read only for user_email_is_empty'),
	('user', 'user_email_authenticated', 'private', 'state of the email address'),
	('user', 'user_email_token', 'private', 'secret'),
	('user', 'user_email_token_expires', 'private', 'state of a secret'),
	('user', 'user_token', 'private', 'secret of the login cookie; read only for user_token_is_invalid'),
	('user', 'user_touched', 'private', 'shows when a reader was there');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('user_groups', 'user_groups', 410, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user_groups', 'user_groups', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ug_user', 'int'),
	('ug_group', 'key_text'),
	('ug_expiry', 'timestamp')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('user_former_groups', 'user_former_groups', 420, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user_former_groups', 'user_former_groups', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ufg_user', 'int'),
	('ufg_group', 'key_text')
) AS same (name, kind);

-- watchlisttoken of core opens a feed to who knows it; extensions keep tokens of their own here, and nobody knows what scripts of users (userjs-) keep
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group, row_filter)
VALUES ('user_properties', 'user_properties', 430, 'users',
	$$up_property NOT LIKE '%token%' AND up_property NOT LIKE '%secret%' AND up_property NOT LIKE '%passw%'$$
	|| $$ AND up_property NOT LIKE '%api%key%' AND up_property NOT LIKE 'userjs-%'$$);
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user_properties', 'user_properties', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('up_user', 'int'),
	('up_property', 'key_text'),
	('up_value', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('user_newtalk', 'user_newtalk', 440, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user_newtalk', 'user_newtalk', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('user_id', 'int'),
	('user_ip', 'key_text'),
	('user_last_timestamp', 'timestamp')
) AS same (name, kind);

INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES ('user_newtalk', 'user_ip', 'harmless', 'address of who has a talk page, which is its name');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('user_autocreate_serial', 'user_autocreate_serial', 450, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'user_autocreate_serial', 'user_autocreate_serial', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('uas_shard', 'int'),
	('uas_value', 'int')
) AS same (name, kind);
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, priority, source_columns, kinds, expression)
VALUES
	('user_autocreate_serial', 'user_autocreate_serial', 'uas_year', 1, '{uas_year}', '{int}', NULL),
	('user_autocreate_serial', 'user_autocreate_serial', 'uas_year', 2, '{}', '{constant}', '0');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('bot_passwords', 'bot_passwords', 460, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'bot_passwords', 'bot_passwords', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('bp_user', 'int'),
	('bp_app_id', 'key_text'),
	('bp_grants', 'text')
) AS same (name, kind);
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES
	('bot_passwords', 'bp_password', 'private', 'password hash'),
	('bot_passwords', 'bp_token', 'private', 'secret'),
	('bot_passwords', 'bp_restrictions', 'private', 'addresses from which a person signs in');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('watchlist', 'watchlist', 470, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'watchlist', 'watchlist', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('wl_id', 'int'),
	('wl_user', 'int'),
	('wl_namespace', 'int'),
	('wl_title', 'text'),
	('wl_notificationtimestamp', 'timestamp')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('watchlist_expiry', 'watchlist_expiry', 480, 'users');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'watchlist_expiry', 'watchlist_expiry', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('we_item', 'int'),
	('we_expiry', 'timestamp')
) AS same (name, kind);
