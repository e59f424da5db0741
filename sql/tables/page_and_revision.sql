/*
 * sql/tables/page_and_revision.sql
 *	  Mirror tables: pages, their revisions and what revisions are made of.
 */

CREATE TABLE mediawiki.comment (
	wiki_id      text COLLATE "C" NOT NULL,
	comment_id   bigint NOT NULL,
	comment_hash integer,
	comment_text text COLLATE "C",
	comment_data text COLLATE "C",
	PRIMARY KEY (wiki_id, comment_id)
);
-- a long text that an UPDATE does not change is in the WAL too
ALTER TABLE mediawiki.comment REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.comment IS 'Edit summaries and log reasons, shared by all rows that say the same.';
COMMENT ON COLUMN mediawiki.comment.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.comment.comment_id IS 'Id; named by rev_comment_id, ar_comment_id, log_comment_id and others.';
COMMENT ON COLUMN mediawiki.comment.comment_hash IS 'CRC-32 of text and data, as MediaWiki computed it (signed).';
COMMENT ON COLUMN mediawiki.comment.comment_text IS 'The summary or reason, in wikitext.';
COMMENT ON COLUMN mediawiki.comment.comment_data IS 'JSON of a translatable message; NULL for plain text.';

CREATE TABLE mediawiki.actor (
	wiki_id    text COLLATE "C" NOT NULL,
	actor_id   bigint NOT NULL,
	actor_user bigint,
	actor_name text COLLATE "C",
	PRIMARY KEY (wiki_id, actor_id)
);
-- a name to its actor: the first step to all that somebody did
CREATE INDEX actor_name ON mediawiki.actor (wiki_id, actor_name);
-- an account's name before it was renamed; nothing else updates actors
ALTER TABLE mediawiki.actor REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.actor IS 'Who acts: one row for a registered user, or for an IP address or imported name.';
COMMENT ON COLUMN mediawiki.actor.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.actor.actor_id IS 'Id; named by rev_actor, log_actor and others.';
COMMENT ON COLUMN mediawiki.actor.actor_user IS 'user.user_id; NULL for IP addresses and names without an account.';
COMMENT ON COLUMN mediawiki.actor.actor_name IS 'User name or IP address.';

CREATE TABLE mediawiki.content_models (
	wiki_id    text COLLATE "C" NOT NULL,
	model_id   integer NOT NULL,
	model_name text COLLATE "C",
	PRIMARY KEY (wiki_id, model_id)
);
COMMENT ON TABLE mediawiki.content_models IS 'Names of content models (wikitext, json, wikibase-item, ...).';
COMMENT ON COLUMN mediawiki.content_models.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.content_models.model_id IS 'Id; named by content.content_model.';
COMMENT ON COLUMN mediawiki.content_models.model_name IS 'Name of the model.';

CREATE TABLE mediawiki.slot_roles (
	wiki_id   text COLLATE "C" NOT NULL,
	role_id   integer NOT NULL,
	role_name text COLLATE "C",
	PRIMARY KEY (wiki_id, role_id)
);
COMMENT ON TABLE mediawiki.slot_roles IS 'Names of slot roles (main, mediainfo, ...).';
COMMENT ON COLUMN mediawiki.slot_roles.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.slot_roles.role_id IS 'Id; named by slots.slot_role_id.';
COMMENT ON COLUMN mediawiki.slot_roles.role_name IS 'Name of the role.';

CREATE TABLE mediawiki.text (
	wiki_id   text COLLATE "C" NOT NULL,
	old_id    bigint NOT NULL,
	old_text  text COLLATE "C",
	old_flags text COLLATE "C",
	PRIMARY KEY (wiki_id, old_id)
);
COMMENT ON TABLE mediawiki.text IS 'Stored content; gzip and utf-8 of old_flags are already resolved.';
COMMENT ON COLUMN mediawiki.text.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.text.old_id IS 'Id; content.content_address ''tt:<old_id>'' names it.';
COMMENT ON COLUMN mediawiki.text.old_text IS 'Plain text; with the flag external a DB:// address, with object a serialized PHP object.';
COMMENT ON COLUMN mediawiki.text.old_flags IS 'Flags left after resolving: utf-8, external, object, error; comma separated.';

CREATE TABLE mediawiki.content (
	wiki_id         text COLLATE "C" NOT NULL,
	content_id      bigint NOT NULL,
	content_size    bigint,
	content_sha1    text COLLATE "C",
	content_model   integer,
	content_address text COLLATE "C",
	PRIMARY KEY (wiki_id, content_id)
);
COMMENT ON TABLE mediawiki.content IS 'One stored content of a slot, shared by the revisions that did not change it.';
COMMENT ON COLUMN mediawiki.content.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.content.content_id IS 'Id; named by slots.slot_content_id.';
COMMENT ON COLUMN mediawiki.content.content_size IS 'Size in bytes, by the content model''s own measure.';
COMMENT ON COLUMN mediawiki.content.content_sha1 IS 'SHA-1 of the content, base 36, 31 digits.';
COMMENT ON COLUMN mediawiki.content.content_model IS 'content_models.model_id.';
COMMENT ON COLUMN mediawiki.content.content_address IS 'Where the bytes are: tt:<old_id> or es:DB://cluster/id.';

CREATE TABLE mediawiki.content_body (
	wiki_id     text COLLATE "C" NOT NULL,
	content_id  bigint NOT NULL,
	body        bytea,
	body_status text COLLATE "C" NOT NULL,
	PRIMARY KEY (wiki_id, content_id)
);
-- wikitext is compressed as it is written; lz4 costs a fraction of pglz
DO $do$
BEGIN
	ALTER TABLE mediawiki.content_body ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	NULL; -- a server without it
END
$do$;
COMMENT ON TABLE mediawiki.content_body IS 'What is at content.content_address, as MediaWiki reads it; of the wikis whose mwmirror.wiki.content_policy says so.';
COMMENT ON COLUMN mediawiki.content_body.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.content_body.content_id IS 'content.content_id; a content never changes, however its text is stored.';
COMMENT ON COLUMN mediawiki.content_body.body IS 'The bytes, of most models UTF-8; NULL unless body_status is ok.';
COMMENT ON COLUMN mediawiki.content_body.body_status IS 'ok; lost: MediaWiki knows that it is; missing: a row, blob or item is not there; broken: not what it should be; too large: above mwmirror.wiki.content_limit; unknown: a storage, class or encoding that is not known here.';

CREATE TABLE mediawiki.page (
	wiki_id            text COLLATE "C" NOT NULL,
	page_id            bigint NOT NULL,
	page_namespace     integer,
	page_title         text COLLATE "C",
	page_is_redirect   boolean DEFAULT false,
	page_is_new        boolean DEFAULT false,
	page_random        double precision,
	page_touched       timestamptz,
	page_links_updated timestamptz,
	page_latest        bigint,
	page_len           bigint,
	page_content_model text COLLATE "C",
	page_lang          text COLLATE "C",
	PRIMARY KEY (wiki_id, page_id)
) WITH (fillfactor = 85);
ALTER TABLE mediawiki.page REPLICA IDENTITY FULL;
-- a title to its page: where redirects point to (mwmirror.reference)
CREATE INDEX page_name_title ON mediawiki.page (wiki_id, page_namespace, page_title);
COMMENT ON TABLE mediawiki.page IS 'Every page that exists; deleted pages have only archive rows.';
COMMENT ON COLUMN mediawiki.page.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.page.page_id IS 'Id of the page; a move keeps it.';
COMMENT ON COLUMN mediawiki.page.page_namespace IS 'Number of the namespace; mwmirror.wiki_namespace has its name.';
COMMENT ON COLUMN mediawiki.page.page_title IS 'Title without namespace, underscores for spaces.';
COMMENT ON COLUMN mediawiki.page.page_is_redirect IS 'True if the latest revision is a redirect.';
COMMENT ON COLUMN mediawiki.page.page_is_new IS 'True if there is only one revision.';
COMMENT ON COLUMN mediawiki.page.page_random IS 'Number in [0,1) for Special:Random.';
COMMENT ON COLUMN mediawiki.page.page_touched IS 'When caches of the page were last invalidated.';
COMMENT ON COLUMN mediawiki.page.page_links_updated IS 'When the links tables were last brought up to date for this page.';
COMMENT ON COLUMN mediawiki.page.page_latest IS 'revision.rev_id of the current revision; 0 for a moment inside the creating transaction.';
COMMENT ON COLUMN mediawiki.page.page_len IS 'Size of the current text in bytes.';
COMMENT ON COLUMN mediawiki.page.page_content_model IS 'Content model of the main slot; NULL means the namespace''s default.';
COMMENT ON COLUMN mediawiki.page.page_lang IS 'Language of the page if it is not the wiki''s; else NULL.';

CREATE TABLE mediawiki.revision (
	wiki_id        text COLLATE "C" NOT NULL,
	rev_id         bigint NOT NULL,
	rev_page       bigint,
	rev_comment_id bigint DEFAULT 0,
	rev_actor      bigint DEFAULT 0,
	rev_timestamp  timestamptz,
	rev_minor_edit boolean DEFAULT false,
	rev_deleted    smallint DEFAULT 0,
	rev_len        bigint,
	rev_parent_id  bigint,
	rev_sha1       text COLLATE "C",
	PRIMARY KEY (wiki_id, rev_id)
);
ALTER TABLE mediawiki.revision REPLICA IDENTITY FULL;
-- a page's history in order
CREATE INDEX rev_page_timestamp ON mediawiki.revision (wiki_id, rev_page, rev_timestamp);
COMMENT ON TABLE mediawiki.revision IS 'Every revision of every existing page.';
COMMENT ON COLUMN mediawiki.revision.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.revision.rev_id IS 'Id of the revision; an undeleted revision keeps it.';
COMMENT ON COLUMN mediawiki.revision.rev_page IS 'page.page_id.';
COMMENT ON COLUMN mediawiki.revision.rev_comment_id IS 'comment.comment_id of the summary; from revision_comment_temp up to MediaWiki 1.39.';
COMMENT ON COLUMN mediawiki.revision.rev_actor IS 'actor.actor_id of the editor.';
COMMENT ON COLUMN mediawiki.revision.rev_timestamp IS 'When the edit was made.';
COMMENT ON COLUMN mediawiki.revision.rev_minor_edit IS 'True if the editor marked the edit as minor.';
COMMENT ON COLUMN mediawiki.revision.rev_deleted IS 'Bits of what is hidden: 1 text, 2 comment, 4 user, 8 from administrators as well.';
COMMENT ON COLUMN mediawiki.revision.rev_len IS 'Size of the revision in bytes.';
COMMENT ON COLUMN mediawiki.revision.rev_parent_id IS 'revision.rev_id of the revision before; 0 if there is none, NULL if unknown.';
COMMENT ON COLUMN mediawiki.revision.rev_sha1 IS 'SHA-1 over the slots, base 36; '''' on rows too old to have it, NULL since MediaWiki 1.46, which has it no more.';

CREATE TABLE mediawiki.slots (
	wiki_id          text COLLATE "C" NOT NULL,
	slot_revision_id bigint NOT NULL,
	slot_role_id     integer NOT NULL,
	slot_content_id  bigint,
	slot_origin      bigint,
	PRIMARY KEY (wiki_id, slot_revision_id, slot_role_id)
);
COMMENT ON TABLE mediawiki.slots IS 'Which content a revision has in which role.';
COMMENT ON COLUMN mediawiki.slots.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.slots.slot_revision_id IS 'revision.rev_id or archive.ar_rev_id.';
COMMENT ON COLUMN mediawiki.slots.slot_role_id IS 'slot_roles.role_id.';
COMMENT ON COLUMN mediawiki.slots.slot_content_id IS 'content.content_id.';
COMMENT ON COLUMN mediawiki.slots.slot_origin IS 'revision.rev_id that brought this content; less than slot_revision_id if inherited.';

CREATE TABLE mediawiki.archive (
	wiki_id       text COLLATE "C" NOT NULL,
	ar_id         bigint NOT NULL,
	ar_namespace  integer DEFAULT 0,
	ar_title      text COLLATE "C" DEFAULT '',
	ar_comment_id bigint,
	ar_actor      bigint,
	ar_timestamp  timestamptz,
	ar_minor_edit boolean DEFAULT false,
	ar_rev_id     bigint,
	ar_deleted    smallint DEFAULT 0,
	ar_len        bigint,
	ar_page_id    bigint,
	ar_parent_id  bigint,
	ar_sha1       text COLLATE "C",
	PRIMARY KEY (wiki_id, ar_id)
);
ALTER TABLE mediawiki.archive REPLICA IDENTITY FULL;
-- of a revision: tells an undelete from a create (mwmirror.reference)
CREATE INDEX ar_revid ON mediawiki.archive (wiki_id, ar_rev_id);
-- of a page: how many revisions a deleted one had (mwmirror.reference)
CREATE INDEX ar_page_id ON mediawiki.archive (wiki_id, ar_page_id);
COMMENT ON TABLE mediawiki.archive IS 'Revisions of deleted pages.';
COMMENT ON COLUMN mediawiki.archive.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.archive.ar_id IS 'Id of the archived row.';
COMMENT ON COLUMN mediawiki.archive.ar_namespace IS 'Namespace of the page when it was deleted.';
COMMENT ON COLUMN mediawiki.archive.ar_title IS 'Title of the page when it was deleted.';
COMMENT ON COLUMN mediawiki.archive.ar_comment_id IS 'comment.comment_id of the edit summary.';
COMMENT ON COLUMN mediawiki.archive.ar_actor IS 'actor.actor_id of the editor.';
COMMENT ON COLUMN mediawiki.archive.ar_timestamp IS 'When the edit was made.';
COMMENT ON COLUMN mediawiki.archive.ar_minor_edit IS 'True if the editor marked the edit as minor.';
COMMENT ON COLUMN mediawiki.archive.ar_rev_id IS 'What was revision.rev_id.';
COMMENT ON COLUMN mediawiki.archive.ar_deleted IS 'Bits of what is hidden: 1 text, 2 comment, 4 user, 8 from administrators as well.';
COMMENT ON COLUMN mediawiki.archive.ar_len IS 'Size of the revision in bytes.';
COMMENT ON COLUMN mediawiki.archive.ar_page_id IS 'What was page.page_id; NULL on very old rows.';
COMMENT ON COLUMN mediawiki.archive.ar_parent_id IS 'What was revision.rev_parent_id.';
COMMENT ON COLUMN mediawiki.archive.ar_sha1 IS 'SHA-1 over the slots, base 36; NULL since MediaWiki 1.46, which has it no more.';

CREATE TABLE mediawiki.ip_changes (
	wiki_id           text COLLATE "C" NOT NULL,
	ipc_rev_id        bigint NOT NULL DEFAULT 0,
	ipc_rev_timestamp timestamptz,
	ipc_hex           text COLLATE "C" DEFAULT '',
	PRIMARY KEY (wiki_id, ipc_rev_id)
);
COMMENT ON TABLE mediawiki.ip_changes IS 'Edits by IP addresses, for searching ranges.';
COMMENT ON COLUMN mediawiki.ip_changes.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.ip_changes.ipc_rev_id IS 'revision.rev_id.';
COMMENT ON COLUMN mediawiki.ip_changes.ipc_rev_timestamp IS 'revision.rev_timestamp.';
COMMENT ON COLUMN mediawiki.ip_changes.ipc_hex IS 'IP address in MediaWiki''s sortable hexadecimal form.';

CREATE TABLE mediawiki.redirect (
	wiki_id      text COLLATE "C" NOT NULL,
	rd_from      bigint NOT NULL DEFAULT 0,
	rd_namespace integer DEFAULT 0,
	rd_title     text COLLATE "C" DEFAULT '',
	rd_interwiki text COLLATE "C",
	rd_fragment  text COLLATE "C",
	PRIMARY KEY (wiki_id, rd_from)
);
ALTER TABLE mediawiki.redirect REPLICA IDENTITY FULL;
-- a page's redirects, for references to them that an operator may add (decoder/README.md, resource-purge)
CREATE INDEX rd_ns_title ON mediawiki.redirect (wiki_id, rd_namespace, rd_title);
COMMENT ON TABLE mediawiki.redirect IS 'Where redirects point to.';
COMMENT ON COLUMN mediawiki.redirect.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.redirect.rd_from IS 'page.page_id of the redirect.';
COMMENT ON COLUMN mediawiki.redirect.rd_namespace IS 'Namespace of the target.';
COMMENT ON COLUMN mediawiki.redirect.rd_title IS 'Title of the target.';
COMMENT ON COLUMN mediawiki.redirect.rd_interwiki IS 'Interwiki prefix of the target; NULL or '''' if local.';
COMMENT ON COLUMN mediawiki.redirect.rd_fragment IS 'Section of the target, without #; NULL or '''' if none.';

CREATE TABLE mediawiki.page_props (
	wiki_id     text COLLATE "C" NOT NULL,
	pp_page     bigint NOT NULL,
	pp_propname text COLLATE "C" NOT NULL,
	pp_value    text COLLATE "C",
	pp_sortkey  real,
	PRIMARY KEY (wiki_id, pp_page, pp_propname)
);
ALTER TABLE mediawiki.page_props REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.page_props IS 'Properties that parsing a page yields.';
COMMENT ON COLUMN mediawiki.page_props.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.page_props.pp_page IS 'page.page_id.';
COMMENT ON COLUMN mediawiki.page_props.pp_propname IS 'Name, such as defaultsort, displaytitle, wikibase_item.';
COMMENT ON COLUMN mediawiki.page_props.pp_value IS 'Value as text.';
COMMENT ON COLUMN mediawiki.page_props.pp_sortkey IS 'Value as a number where it is one.';

CREATE TABLE mediawiki.page_restrictions (
	wiki_id    text COLLATE "C" NOT NULL,
	pr_id      bigint NOT NULL,
	pr_page    bigint,
	pr_type    text COLLATE "C",
	pr_level   text COLLATE "C",
	pr_cascade boolean,
	pr_expiry  timestamptz,
	ended_at   timestamptz,
	PRIMARY KEY (wiki_id, pr_id)
);
ALTER TABLE mediawiki.page_restrictions REPLICA IDENTITY FULL;
-- a page's protection
CREATE INDEX pr_due ON mediawiki.page_restrictions (pr_expiry, wiki_id) WHERE pr_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < pr_expiry);
CREATE INDEX pr_pagetype ON mediawiki.page_restrictions (wiki_id, pr_page, pr_type);
COMMENT ON TABLE mediawiki.page_restrictions IS 'Protection of existing pages.';
COMMENT ON COLUMN mediawiki.page_restrictions.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_id IS 'Id.';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_page IS 'page.page_id.';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_type IS 'What is restricted: edit, move, upload.';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_level IS 'Who may still do it: sysop, autoconfirmed, ....';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_cascade IS 'True if pages that are included are protected as well.';
COMMENT ON COLUMN mediawiki.page_restrictions.pr_expiry IS 'When it ends; infinity if never.';
COMMENT ON COLUMN mediawiki.page_restrictions.ended_at IS 'The mirror''s own: the expiry at which events said that it ended. It is over if this is not earlier than pr_expiry.';

CREATE TABLE mediawiki.protected_titles (
	wiki_id        text COLLATE "C" NOT NULL,
	pt_namespace   integer NOT NULL,
	pt_title       text COLLATE "C" NOT NULL,
	pt_user        bigint,
	pt_reason_id   bigint,
	pt_timestamp   timestamptz,
	pt_expiry      timestamptz,
	pt_create_perm text COLLATE "C",
	PRIMARY KEY (wiki_id, pt_namespace, pt_title)
);
COMMENT ON TABLE mediawiki.protected_titles IS 'Titles that may not be created.';
COMMENT ON COLUMN mediawiki.protected_titles.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_namespace IS 'Namespace.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_title IS 'Title.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_user IS 'user.user_id of who protected it.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_reason_id IS 'comment.comment_id of the reason.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_timestamp IS 'When it was protected.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_expiry IS 'When it ends; infinity if never.';
COMMENT ON COLUMN mediawiki.protected_titles.pt_create_perm IS 'Who may still create it: sysop, autoconfirmed, ....';
