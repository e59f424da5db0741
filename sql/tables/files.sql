/*
 * sql/tables/files.sql
 *	  Mirror tables: files and their versions.
 */

CREATE TABLE mediawiki.image (
	wiki_id            text COLLATE "C" NOT NULL,
	img_name           text COLLATE "C" NOT NULL DEFAULT '',
	img_size           bigint DEFAULT 0,
	img_width          integer DEFAULT 0,
	img_height         integer DEFAULT 0,
	img_metadata       bytea,
	img_bits           integer DEFAULT 0,
	img_media_type     text COLLATE "C",
	img_major_mime     text COLLATE "C" DEFAULT 'unknown',
	img_minor_mime     text COLLATE "C" DEFAULT 'unknown',
	img_description_id bigint,
	img_actor          bigint,
	img_timestamp      timestamptz,
	img_sha1           text COLLATE "C" DEFAULT '',
	PRIMARY KEY (wiki_id, img_name)
);
COMMENT ON TABLE mediawiki.image IS 'Current version of each file.';
COMMENT ON COLUMN mediawiki.image.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.image.img_name IS 'Title of the file, without namespace.';
COMMENT ON COLUMN mediawiki.image.img_size IS 'Size in bytes.';
COMMENT ON COLUMN mediawiki.image.img_width IS 'Width in pixels.';
COMMENT ON COLUMN mediawiki.image.img_height IS 'Height in pixels.';
COMMENT ON COLUMN mediawiki.image.img_metadata IS 'Metadata: JSON, serialized PHP, or an address of one.';
COMMENT ON COLUMN mediawiki.image.img_bits IS 'Bits per colour sample.';
COMMENT ON COLUMN mediawiki.image.img_media_type IS 'BITMAP, DRAWING, AUDIO, VIDEO, ....';
COMMENT ON COLUMN mediawiki.image.img_major_mime IS 'MIME type before the slash.';
COMMENT ON COLUMN mediawiki.image.img_minor_mime IS 'MIME type after the slash.';
COMMENT ON COLUMN mediawiki.image.img_description_id IS 'comment.comment_id of the upload summary.';
COMMENT ON COLUMN mediawiki.image.img_actor IS 'actor.actor_id of the uploader.';
COMMENT ON COLUMN mediawiki.image.img_timestamp IS 'When it was uploaded.';
COMMENT ON COLUMN mediawiki.image.img_sha1 IS 'SHA-1 of the file, base 36.';

CREATE TABLE mediawiki.oldimage (
	wiki_id           text COLLATE "C" NOT NULL,
	oi_name           text COLLATE "C" DEFAULT '',
	oi_archive_name   text COLLATE "C" DEFAULT '',
	oi_size           bigint DEFAULT 0,
	oi_width          integer DEFAULT 0,
	oi_height         integer DEFAULT 0,
	oi_bits           integer DEFAULT 0,
	oi_description_id bigint,
	oi_actor          bigint,
	oi_timestamp      timestamptz,
	oi_metadata       bytea,
	oi_media_type     text COLLATE "C",
	oi_major_mime     text COLLATE "C" DEFAULT 'unknown',
	oi_minor_mime     text COLLATE "C" DEFAULT 'unknown',
	oi_deleted        smallint DEFAULT 0,
	oi_sha1           text COLLATE "C" DEFAULT ''
);
-- whole-row match of a table without a key
CREATE INDEX oldimage_match ON mediawiki.oldimage (wiki_id, oi_name, oi_timestamp);
-- it has no key; and events tell what was hidden of a version before
ALTER TABLE mediawiki.oldimage REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.oldimage IS 'Earlier versions of files; no key, rows may repeat.';
COMMENT ON COLUMN mediawiki.oldimage.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.oldimage.oi_name IS 'image.img_name.';
COMMENT ON COLUMN mediawiki.oldimage.oi_archive_name IS 'Name of the stored version: timestamp ! title; '''' if lost.';
COMMENT ON COLUMN mediawiki.oldimage.oi_size IS 'Size in bytes.';
COMMENT ON COLUMN mediawiki.oldimage.oi_width IS 'Width in pixels.';
COMMENT ON COLUMN mediawiki.oldimage.oi_height IS 'Height in pixels.';
COMMENT ON COLUMN mediawiki.oldimage.oi_bits IS 'Bits per colour sample.';
COMMENT ON COLUMN mediawiki.oldimage.oi_description_id IS 'comment.comment_id of the upload summary.';
COMMENT ON COLUMN mediawiki.oldimage.oi_actor IS 'actor.actor_id of the uploader.';
COMMENT ON COLUMN mediawiki.oldimage.oi_timestamp IS 'When this version was uploaded.';
COMMENT ON COLUMN mediawiki.oldimage.oi_metadata IS 'Metadata, as img_metadata.';
COMMENT ON COLUMN mediawiki.oldimage.oi_media_type IS 'BITMAP, DRAWING, AUDIO, VIDEO, ....';
COMMENT ON COLUMN mediawiki.oldimage.oi_major_mime IS 'MIME type before the slash.';
COMMENT ON COLUMN mediawiki.oldimage.oi_minor_mime IS 'MIME type after the slash.';
COMMENT ON COLUMN mediawiki.oldimage.oi_deleted IS 'Bits of what is hidden: 1 file, 2 comment, 4 user, 8 from administrators as well.';
COMMENT ON COLUMN mediawiki.oldimage.oi_sha1 IS 'SHA-1 of the file, base 36.';

CREATE TABLE mediawiki.filearchive (
	wiki_id              text COLLATE "C" NOT NULL,
	fa_id                bigint NOT NULL,
	fa_name              text COLLATE "C" DEFAULT '',
	fa_archive_name      text COLLATE "C" DEFAULT '',
	fa_storage_group     text COLLATE "C",
	fa_deleted_user      integer,
	fa_deleted_timestamp timestamptz,
	fa_deleted_reason_id bigint,
	fa_size              bigint DEFAULT 0,
	fa_width             integer DEFAULT 0,
	fa_height            integer DEFAULT 0,
	fa_metadata          bytea,
	fa_bits              integer DEFAULT 0,
	fa_media_type        text COLLATE "C",
	fa_major_mime        text COLLATE "C" DEFAULT 'unknown',
	fa_minor_mime        text COLLATE "C" DEFAULT 'unknown',
	fa_description_id    bigint,
	fa_actor             bigint,
	fa_timestamp         timestamptz,
	fa_deleted           smallint DEFAULT 0,
	fa_sha1              text COLLATE "C" DEFAULT '',
	PRIMARY KEY (wiki_id, fa_id)
);
-- events tell what was hidden of a version before; rows are seldom changed
ALTER TABLE mediawiki.filearchive REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.filearchive IS 'Deleted files.';
COMMENT ON COLUMN mediawiki.filearchive.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.filearchive.fa_id IS 'Id.';
COMMENT ON COLUMN mediawiki.filearchive.fa_name IS 'Title of the file when it was deleted.';
COMMENT ON COLUMN mediawiki.filearchive.fa_archive_name IS 'Name of the stored version if it was an earlier one.';
COMMENT ON COLUMN mediawiki.filearchive.fa_storage_group IS 'Store that has the file.';
COMMENT ON COLUMN mediawiki.filearchive.fa_deleted_user IS 'user.user_id of who deleted it.';
COMMENT ON COLUMN mediawiki.filearchive.fa_deleted_timestamp IS 'When it was deleted.';
COMMENT ON COLUMN mediawiki.filearchive.fa_deleted_reason_id IS 'comment.comment_id of the reason.';
COMMENT ON COLUMN mediawiki.filearchive.fa_size IS 'Size in bytes.';
COMMENT ON COLUMN mediawiki.filearchive.fa_width IS 'Width in pixels.';
COMMENT ON COLUMN mediawiki.filearchive.fa_height IS 'Height in pixels.';
COMMENT ON COLUMN mediawiki.filearchive.fa_metadata IS 'Metadata, as img_metadata.';
COMMENT ON COLUMN mediawiki.filearchive.fa_bits IS 'Bits per colour sample.';
COMMENT ON COLUMN mediawiki.filearchive.fa_media_type IS 'BITMAP, DRAWING, AUDIO, VIDEO, ....';
COMMENT ON COLUMN mediawiki.filearchive.fa_major_mime IS 'MIME type before the slash.';
COMMENT ON COLUMN mediawiki.filearchive.fa_minor_mime IS 'MIME type after the slash.';
COMMENT ON COLUMN mediawiki.filearchive.fa_description_id IS 'comment.comment_id of the upload summary.';
COMMENT ON COLUMN mediawiki.filearchive.fa_actor IS 'actor.actor_id of the uploader.';
COMMENT ON COLUMN mediawiki.filearchive.fa_timestamp IS 'When this version was uploaded.';
COMMENT ON COLUMN mediawiki.filearchive.fa_deleted IS 'Bits of what is hidden: 1 file, 2 comment, 4 user, 8 from administrators as well.';
COMMENT ON COLUMN mediawiki.filearchive.fa_sha1 IS 'SHA-1 of the file, base 36.';

CREATE TABLE mediawiki.filetypes (
	wiki_id       text COLLATE "C" NOT NULL,
	ft_id         integer NOT NULL,
	ft_media_type text COLLATE "C",
	ft_major_mime text COLLATE "C",
	ft_minor_mime text COLLATE "C",
	PRIMARY KEY (wiki_id, ft_id)
);
COMMENT ON TABLE mediawiki.filetypes IS 'Types of files; since MediaWiki 1.44.';
COMMENT ON COLUMN mediawiki.filetypes.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.filetypes.ft_id IS 'Id.';
COMMENT ON COLUMN mediawiki.filetypes.ft_media_type IS 'MediaWiki''s type, such as BITMAP.';
COMMENT ON COLUMN mediawiki.filetypes.ft_major_mime IS 'MIME type before the slash.';
COMMENT ON COLUMN mediawiki.filetypes.ft_minor_mime IS 'MIME type after the slash.';

CREATE TABLE mediawiki.file (
	wiki_id      text COLLATE "C" NOT NULL,
	file_id      bigint NOT NULL,
	file_name    text COLLATE "C",
	file_latest  bigint,
	file_type    integer,
	file_deleted integer,
	PRIMARY KEY (wiki_id, file_id)
);
-- a title to its file
CREATE INDEX file_name ON mediawiki.file (wiki_id, file_name);
COMMENT ON TABLE mediawiki.file IS 'Files, deleted ones too; since MediaWiki 1.44, which may still fill image and oldimage instead.';
COMMENT ON COLUMN mediawiki.file.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.file.file_id IS 'Id.';
COMMENT ON COLUMN mediawiki.file.file_name IS 'Title, without namespace.';
COMMENT ON COLUMN mediawiki.file.file_latest IS 'filerevision.fr_id of the current version.';
COMMENT ON COLUMN mediawiki.file.file_type IS 'filetypes.ft_id.';
COMMENT ON COLUMN mediawiki.file.file_deleted IS 'Not 0: deleted.';

CREATE TABLE mediawiki.filerevision (
	wiki_id           text COLLATE "C" NOT NULL,
	fr_id             bigint NOT NULL,
	fr_file           bigint,
	fr_size           bigint DEFAULT 0,
	fr_width          bigint DEFAULT 0,
	fr_height         bigint DEFAULT 0,
	fr_metadata       bytea,
	fr_bits           bigint DEFAULT 0,
	fr_description_id bigint,
	fr_actor          bigint,
	fr_timestamp      timestamptz,
	fr_sha1           text COLLATE "C" DEFAULT '',
	fr_archive_name   text COLLATE "C" DEFAULT '',
	fr_deleted        integer,
	PRIMARY KEY (wiki_id, fr_id)
);
-- versions of a file
CREATE INDEX fr_file ON mediawiki.filerevision (wiki_id, fr_file);
COMMENT ON TABLE mediawiki.filerevision IS 'Versions of files; since MediaWiki 1.44, which may still fill image and oldimage instead.';
COMMENT ON COLUMN mediawiki.filerevision.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.filerevision.fr_id IS 'Id.';
COMMENT ON COLUMN mediawiki.filerevision.fr_file IS 'file.file_id.';
COMMENT ON COLUMN mediawiki.filerevision.fr_size IS 'Size in bytes.';
COMMENT ON COLUMN mediawiki.filerevision.fr_width IS 'Width in pixels.';
COMMENT ON COLUMN mediawiki.filerevision.fr_height IS 'Height in pixels.';
COMMENT ON COLUMN mediawiki.filerevision.fr_metadata IS 'What the file says of itself, serialized.';
COMMENT ON COLUMN mediawiki.filerevision.fr_bits IS 'Bits of a sample.';
COMMENT ON COLUMN mediawiki.filerevision.fr_description_id IS 'comment.comment_id.';
COMMENT ON COLUMN mediawiki.filerevision.fr_actor IS 'actor.actor_id of who uploaded it.';
COMMENT ON COLUMN mediawiki.filerevision.fr_timestamp IS 'When that was.';
COMMENT ON COLUMN mediawiki.filerevision.fr_sha1 IS 'SHA-1 of the file, base 36.';
COMMENT ON COLUMN mediawiki.filerevision.fr_archive_name IS 'Name under which an old version is stored; empty: the current one.';
COMMENT ON COLUMN mediawiki.filerevision.fr_deleted IS 'What is hidden: 1 file, 2 comment, 4 uploader, 8 from administrators too.';
