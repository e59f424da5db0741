/*
 * sql/mapping/files.sql
 *	  From MediaWiki's tables to the mirror's: files and their versions.
 */

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('image', 'image', 600, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'image', 'image', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('img_name', 'key_text'),
	('img_size', 'int'),
	('img_width', 'int'),
	('img_height', 'int'),
	('img_metadata', 'bytes'),
	('img_bits', 'int'),
	('img_media_type', 'enum'),
	('img_major_mime', 'enum'),
	('img_minor_mime', 'text'),
	('img_description_id', 'int'),
	('img_actor', 'int'),
	('img_timestamp', 'timestamp'),
	('img_sha1', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('oldimage', 'oldimage', 610, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'oldimage', 'oldimage', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('oi_name', 'key_text'),
	('oi_archive_name', 'key_text'),
	('oi_size', 'int'),
	('oi_width', 'int'),
	('oi_height', 'int'),
	('oi_bits', 'int'),
	('oi_description_id', 'int'),
	('oi_actor', 'int'),
	('oi_timestamp', 'timestamp'),
	('oi_metadata', 'bytes'),
	('oi_media_type', 'enum'),
	('oi_major_mime', 'enum'),
	('oi_minor_mime', 'text'),
	('oi_deleted', 'int'),
	('oi_sha1', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('filearchive', 'filearchive', 620, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'filearchive', 'filearchive', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('fa_id', 'int'),
	('fa_name', 'text'),
	('fa_archive_name', 'text'),
	('fa_storage_group', 'text'),
	('fa_deleted_user', 'int'),
	('fa_deleted_timestamp', 'timestamp'),
	('fa_deleted_reason_id', 'int'),
	('fa_size', 'int'),
	('fa_width', 'int'),
	('fa_height', 'int'),
	('fa_metadata', 'bytes'),
	('fa_bits', 'int'),
	('fa_media_type', 'enum'),
	('fa_major_mime', 'enum'),
	('fa_minor_mime', 'text'),
	('fa_description_id', 'int'),
	('fa_actor', 'int'),
	('fa_timestamp', 'timestamp'),
	('fa_deleted', 'int'),
	('fa_sha1', 'text')
) AS same (name, kind);
INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
VALUES ('filearchive', 'fa_storage_key', 'private', 'where the hidden file is stored');

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('filetypes', 'filetypes', 630, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'filetypes', 'filetypes', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('ft_id', 'int'),
	('ft_media_type', 'text'),
	('ft_major_mime', 'text'),
	('ft_minor_mime', 'text')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('file', 'file', 640, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'file', 'file', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('file_id', 'int'),
	('file_name', 'text'),
	('file_latest', 'int'),
	('file_type', 'int'),
	('file_deleted', 'int')
) AS same (name, kind);

INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group)
VALUES ('filerevision', 'filerevision', 650, 'files');
INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
SELECT 'filerevision', 'filerevision', name, ARRAY[name], ARRAY[kind]
FROM (VALUES
	('fr_id', 'int'),
	('fr_file', 'int'),
	('fr_size', 'int'),
	('fr_width', 'int'),
	('fr_height', 'int'),
	('fr_metadata', 'bytes'),
	('fr_bits', 'int'),
	('fr_description_id', 'int'),
	('fr_actor', 'int'),
	('fr_timestamp', 'timestamp'),
	('fr_sha1', 'text'),
	('fr_archive_name', 'text'),
	('fr_deleted', 'int')
) AS same (name, kind);
