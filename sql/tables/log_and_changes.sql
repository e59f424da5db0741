/*
 * sql/tables/log_and_changes.sql
 *	  Mirror tables: logs, recent changes and tags.
 */

CREATE TABLE mediawiki.logging (
	wiki_id        text COLLATE "C" NOT NULL,
	log_id         bigint NOT NULL,
	log_type       text COLLATE "C" DEFAULT '',
	log_action     text COLLATE "C" DEFAULT '',
	log_timestamp  timestamptz DEFAULT '1970-01-01 00:00:00+00',
	log_actor      bigint,
	log_namespace  integer DEFAULT 0,
	log_title      text COLLATE "C" DEFAULT '',
	log_page       bigint,
	log_comment_id bigint,
	log_params     text COLLATE "C",
	log_deleted    smallint DEFAULT 0,
	PRIMARY KEY (wiki_id, log_id)
);
COMMENT ON TABLE mediawiki.logging IS 'The public and private logs: every action that is not an edit.';
COMMENT ON COLUMN mediawiki.logging.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.logging.log_id IS 'Id.';
COMMENT ON COLUMN mediawiki.logging.log_type IS 'Log: delete, move, block, suppress, ....';
COMMENT ON COLUMN mediawiki.logging.log_action IS 'Action within the log.';
COMMENT ON COLUMN mediawiki.logging.log_timestamp IS 'When it was done.';
COMMENT ON COLUMN mediawiki.logging.log_actor IS 'actor.actor_id of who did it.';
COMMENT ON COLUMN mediawiki.logging.log_namespace IS 'Namespace of the page acted on.';
COMMENT ON COLUMN mediawiki.logging.log_title IS 'Title of the page acted on; of a user page for blocks and rights.';
COMMENT ON COLUMN mediawiki.logging.log_page IS 'page.page_id acted on; NULL or 0 if there is none.';
COMMENT ON COLUMN mediawiki.logging.log_comment_id IS 'comment.comment_id of the reason.';
COMMENT ON COLUMN mediawiki.logging.log_params IS 'Parameters: serialized PHP, or lines in old rows.';
COMMENT ON COLUMN mediawiki.logging.log_deleted IS 'Bits of what is hidden: 1 action and target, 2 comment, 4 user, 8 from administrators as well.';

CREATE TABLE mediawiki.log_search (
	wiki_id   text COLLATE "C" NOT NULL,
	ls_field  text COLLATE "C" NOT NULL,
	ls_value  text COLLATE "C" NOT NULL,
	ls_log_id bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (wiki_id, ls_field, ls_value, ls_log_id)
);
COMMENT ON TABLE mediawiki.log_search IS 'What a log entry is about, for finding it.';
COMMENT ON COLUMN mediawiki.log_search.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.log_search.ls_field IS 'Kind of value: rev_id, ipb_id, associated_rev_id, ....';
COMMENT ON COLUMN mediawiki.log_search.ls_value IS 'The value as text.';
COMMENT ON COLUMN mediawiki.log_search.ls_log_id IS 'logging.log_id.';

CREATE TABLE mediawiki.change_tag_def (
	wiki_id          text COLLATE "C" NOT NULL,
	ctd_id           bigint NOT NULL,
	ctd_name         text COLLATE "C",
	ctd_user_defined boolean,
	ctd_count        bigint DEFAULT 0,
	PRIMARY KEY (wiki_id, ctd_id)
);
-- MediaWiki deletes a name that is not used any more with its last use
ALTER TABLE mediawiki.change_tag_def REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.change_tag_def IS 'Names of change tags.';
COMMENT ON COLUMN mediawiki.change_tag_def.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.change_tag_def.ctd_id IS 'Id; named by change_tag.ct_tag_id.';
COMMENT ON COLUMN mediawiki.change_tag_def.ctd_name IS 'Name of the tag.';
COMMENT ON COLUMN mediawiki.change_tag_def.ctd_user_defined IS 'True if made on Special:Tags, false if by software.';
COMMENT ON COLUMN mediawiki.change_tag_def.ctd_count IS 'How often it is applied, kept by MediaWiki.';

CREATE TABLE mediawiki.change_tag (
	wiki_id   text COLLATE "C" NOT NULL,
	ct_id     bigint NOT NULL,
	ct_rc_id  bigint,
	ct_log_id bigint,
	ct_rev_id bigint,
	ct_params text COLLATE "C",
	ct_tag_id bigint,
	PRIMARY KEY (wiki_id, ct_id)
);
-- of a tag that goes away: whose it was
ALTER TABLE mediawiki.change_tag REPLICA IDENTITY FULL;
-- tags of a revision
CREATE INDEX ct_rev_tag_id ON mediawiki.change_tag (wiki_id, ct_rev_id, ct_tag_id);
COMMENT ON TABLE mediawiki.change_tag IS 'Tags on edits and log entries.';
COMMENT ON COLUMN mediawiki.change_tag.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.change_tag.ct_id IS 'Id.';
COMMENT ON COLUMN mediawiki.change_tag.ct_rc_id IS 'recentchanges.rc_id; NULL if none.';
COMMENT ON COLUMN mediawiki.change_tag.ct_log_id IS 'logging.log_id; NULL if none.';
COMMENT ON COLUMN mediawiki.change_tag.ct_rev_id IS 'revision.rev_id; NULL if none.';
COMMENT ON COLUMN mediawiki.change_tag.ct_params IS 'Data of the tag, such as the JSON of what was reverted.';
COMMENT ON COLUMN mediawiki.change_tag.ct_tag_id IS 'change_tag_def.ctd_id.';

CREATE TABLE mediawiki.recentchanges (
	wiki_id       text COLLATE "C" NOT NULL,
	rc_id         bigint NOT NULL,
	rc_timestamp  timestamptz,
	rc_actor      bigint,
	rc_namespace  integer DEFAULT 0,
	rc_title      text COLLATE "C" DEFAULT '',
	rc_comment_id bigint,
	rc_minor      boolean DEFAULT false,
	rc_bot        boolean DEFAULT false,
	rc_new        boolean,
	rc_cur_id     bigint DEFAULT 0,
	rc_this_oldid bigint DEFAULT 0,
	rc_last_oldid bigint DEFAULT 0,
	rc_type       smallint,
	rc_source     text COLLATE "C" DEFAULT '',
	rc_patrolled  smallint DEFAULT 0,
	rc_old_len    integer,
	rc_new_len    integer,
	rc_deleted    smallint DEFAULT 0,
	rc_logid      bigint DEFAULT 0,
	rc_log_type   text COLLATE "C",
	rc_log_action text COLLATE "C",
	rc_params     text COLLATE "C",
	PRIMARY KEY (wiki_id, rc_id)
);
-- the newest changes, and what a cleaning job removes
CREATE INDEX rc_timestamp ON mediawiki.recentchanges (wiki_id, rc_timestamp);
COMMENT ON TABLE mediawiki.recentchanges IS 'Edits and log entries of the last days (90 by default).';
COMMENT ON COLUMN mediawiki.recentchanges.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_id IS 'Id.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_timestamp IS 'When it happened.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_actor IS 'actor.actor_id.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_namespace IS 'Namespace of the page.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_title IS 'Title of the page.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_comment_id IS 'comment.comment_id of the summary.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_minor IS 'True for a minor edit.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_bot IS 'True if marked as a bot''s.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_new IS 'True if it created the page; NULL since MediaWiki 1.45, where rc_source says it.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_cur_id IS 'page.page_id; 0 if there is none.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_this_oldid IS 'revision.rev_id of the edit; 0 for log entries.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_last_oldid IS 'revision.rev_id before the edit; 0 if none.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_type IS '0 edit, 1 new page, 3 log, 5 external, 6 category membership; NULL since MediaWiki 1.46, where rc_source says it.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_source IS 'The same as a name: mw.edit, mw.new, mw.log, wb, ....';
COMMENT ON COLUMN mediawiki.recentchanges.rc_patrolled IS '0 unpatrolled, 1 patrolled, 2 autopatrolled.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_old_len IS 'Size before in bytes.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_new_len IS 'Size after in bytes.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_deleted IS 'Bits of what is hidden, as rev_deleted or log_deleted.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_logid IS 'logging.log_id; 0 for edits.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_log_type IS 'logging.log_type.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_log_action IS 'logging.log_action.';
COMMENT ON COLUMN mediawiki.recentchanges.rc_params IS 'logging.log_params, or data of external changes.';
