/*
 * sql/tables/users.sql
 *	  Mirror tables: accounts, their groups and lists.
 */

CREATE TABLE mediawiki."user" (
	wiki_id                   text COLLATE "C" NOT NULL,
	user_id                   bigint NOT NULL,
	user_name                 text COLLATE "C" DEFAULT '',
	user_real_name            text COLLATE "C" DEFAULT '',
	user_registration         timestamptz,
	user_editcount            bigint,
	user_is_temp              boolean DEFAULT false,
	user_is_system            boolean DEFAULT false,
	user_token_is_invalid     boolean,
	user_email_is_empty       boolean,
	user_password_is_unusable boolean,
	PRIMARY KEY (wiki_id, user_id)
) WITH (fillfactor = 85);
-- a name to its account
CREATE INDEX user_name ON mediawiki."user" (wiki_id, user_name);
COMMENT ON TABLE mediawiki."user" IS 'Registered and temporary accounts, without what is private.';
COMMENT ON COLUMN mediawiki."user".wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki."user".user_id IS 'Id; 0 is never used.';
COMMENT ON COLUMN mediawiki."user".user_name IS 'Name, spaces for underscores.';
COMMENT ON COLUMN mediawiki."user".user_real_name IS 'Name the user gave, if the wiki asks for it.';
COMMENT ON COLUMN mediawiki."user".user_registration IS 'When registered; NULL on very old accounts.';
COMMENT ON COLUMN mediawiki."user".user_editcount IS 'Edits as counted by MediaWiki; increased after the edit.';
COMMENT ON COLUMN mediawiki."user".user_is_temp IS 'True for a temporary account; false before MediaWiki 1.42.';
COMMENT ON COLUMN mediawiki."user".user_is_system IS 'True if nobody can log in: invalid token, no email, no password. Computed by the mirror; its private sources are not kept.';
COMMENT ON COLUMN mediawiki."user".user_token_is_invalid IS 'Part of user_is_system: the token is that of nobody. Hidden, as the next two.';
COMMENT ON COLUMN mediawiki."user".user_email_is_empty IS 'Part of user_is_system: there is no email address.';
COMMENT ON COLUMN mediawiki."user".user_password_is_unusable IS 'Part of user_is_system: no password fits.';

CREATE TABLE mediawiki.user_groups (
	wiki_id   text COLLATE "C" NOT NULL,
	ug_user   bigint NOT NULL DEFAULT 0,
	ug_group  text COLLATE "C" NOT NULL DEFAULT '',
	ug_expiry timestamptz,
	ended_at  timestamptz,
	PRIMARY KEY (wiki_id, ug_user, ug_group)
);
CREATE INDEX ug_due ON mediawiki.user_groups (ug_expiry, wiki_id) WHERE ug_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < ug_expiry);
-- whether a group that goes was over
ALTER TABLE mediawiki.user_groups REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.user_groups IS 'Groups that accounts are in.';
COMMENT ON COLUMN mediawiki.user_groups.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.user_groups.ug_user IS 'user.user_id.';
COMMENT ON COLUMN mediawiki.user_groups.ug_group IS 'Name of the group.';
COMMENT ON COLUMN mediawiki.user_groups.ug_expiry IS 'When membership ends; NULL if never.';
COMMENT ON COLUMN mediawiki.user_groups.ended_at IS 'The mirror''s own: the expiry at which events said that it ended. It is over if this is not earlier than ug_expiry.';

CREATE TABLE mediawiki.user_former_groups (
	wiki_id   text COLLATE "C" NOT NULL,
	ufg_user  bigint NOT NULL DEFAULT 0,
	ufg_group text COLLATE "C" NOT NULL DEFAULT '',
	PRIMARY KEY (wiki_id, ufg_user, ufg_group)
);
COMMENT ON TABLE mediawiki.user_former_groups IS 'Groups that accounts were in once, so that they are not promoted again.';
COMMENT ON COLUMN mediawiki.user_former_groups.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.user_former_groups.ufg_user IS 'user.user_id.';
COMMENT ON COLUMN mediawiki.user_former_groups.ufg_group IS 'Name of the group.';

CREATE TABLE mediawiki.user_properties (
	wiki_id     text COLLATE "C" NOT NULL,
	up_user     bigint NOT NULL,
	up_property text COLLATE "C" NOT NULL,
	up_value    text COLLATE "C",
	PRIMARY KEY (wiki_id, up_user, up_property)
);
-- the new row of an update lacks long values that stay as they are
ALTER TABLE mediawiki.user_properties REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.user_properties IS 'Preferences that differ from the default.';
COMMENT ON COLUMN mediawiki.user_properties.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.user_properties.up_user IS 'user.user_id.';
COMMENT ON COLUMN mediawiki.user_properties.up_property IS 'Name of the preference.';
COMMENT ON COLUMN mediawiki.user_properties.up_value IS 'Value.';

CREATE TABLE mediawiki.user_newtalk (
	wiki_id             text COLLATE "C" NOT NULL,
	user_id             bigint DEFAULT 0,
	user_ip             text COLLATE "C" DEFAULT '',
	user_last_timestamp timestamptz
);
-- whole-row match of a table without a key
CREATE INDEX user_newtalk_match ON mediawiki.user_newtalk (wiki_id, user_id, user_ip);
COMMENT ON TABLE mediawiki.user_newtalk IS 'Who has new messages; no key, rows may repeat.';
COMMENT ON COLUMN mediawiki.user_newtalk.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.user_newtalk.user_id IS 'user.user_id; 0 for an IP address.';
COMMENT ON COLUMN mediawiki.user_newtalk.user_ip IS 'IP address; '''' for an account.';
COMMENT ON COLUMN mediawiki.user_newtalk.user_last_timestamp IS 'When the talk page was last seen.';

CREATE TABLE mediawiki.user_autocreate_serial (
	wiki_id   text COLLATE "C" NOT NULL,
	uas_shard bigint NOT NULL,
	uas_year  integer NOT NULL,
	uas_value bigint,
	PRIMARY KEY (wiki_id, uas_shard, uas_year)
);
COMMENT ON TABLE mediawiki.user_autocreate_serial IS 'Counters for the names of temporary accounts.';
COMMENT ON COLUMN mediawiki.user_autocreate_serial.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.user_autocreate_serial.uas_shard IS 'Number of the counter.';
COMMENT ON COLUMN mediawiki.user_autocreate_serial.uas_year IS 'Year of the counter; 0 before MediaWiki 1.42.';
COMMENT ON COLUMN mediawiki.user_autocreate_serial.uas_value IS 'Last number given.';

CREATE TABLE mediawiki.bot_passwords (
	wiki_id         text COLLATE "C" NOT NULL,
	bp_user         bigint NOT NULL,
	bp_app_id       text COLLATE "C" NOT NULL,
	bp_grants       text COLLATE "C",
	PRIMARY KEY (wiki_id, bp_user, bp_app_id)
);
COMMENT ON TABLE mediawiki.bot_passwords IS 'Application passwords, without password, token and restrictions.';
COMMENT ON COLUMN mediawiki.bot_passwords.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.bot_passwords.bp_user IS 'Central or local user id.';
COMMENT ON COLUMN mediawiki.bot_passwords.bp_app_id IS 'Name of the application.';
COMMENT ON COLUMN mediawiki.bot_passwords.bp_grants IS 'JSON list of granted rights.';

CREATE TABLE mediawiki.watchlist (
	wiki_id                  text COLLATE "C" NOT NULL,
	wl_id                    bigint NOT NULL,
	wl_user                  bigint,
	wl_namespace             integer DEFAULT 0,
	wl_title                 text COLLATE "C" DEFAULT '',
	wl_notificationtimestamp timestamptz,
	PRIMARY KEY (wiki_id, wl_id)
);
COMMENT ON TABLE mediawiki.watchlist IS 'Pages that users watch.';
COMMENT ON COLUMN mediawiki.watchlist.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.watchlist.wl_id IS 'Id.';
COMMENT ON COLUMN mediawiki.watchlist.wl_user IS 'user.user_id.';
COMMENT ON COLUMN mediawiki.watchlist.wl_namespace IS 'Namespace.';
COMMENT ON COLUMN mediawiki.watchlist.wl_title IS 'Title.';
COMMENT ON COLUMN mediawiki.watchlist.wl_notificationtimestamp IS 'First change not seen yet; NULL if all are seen.';

CREATE TABLE mediawiki.watchlist_expiry (
	wiki_id   text COLLATE "C" NOT NULL,
	we_item   bigint NOT NULL,
	we_expiry timestamptz,
	PRIMARY KEY (wiki_id, we_item)
);
COMMENT ON TABLE mediawiki.watchlist_expiry IS 'When watching ends.';
COMMENT ON COLUMN mediawiki.watchlist_expiry.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.watchlist_expiry.we_item IS 'watchlist.wl_id.';
COMMENT ON COLUMN mediawiki.watchlist_expiry.we_expiry IS 'When the watchlist row is removed.';
