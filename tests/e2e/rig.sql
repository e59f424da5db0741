-- tests/e2e/rig.sql: a wiki that needs no MediaWiki, and a function that writes source transactions as the applier would.
CREATE EXTENSION mwmirror;
INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ('rig', '');
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language,
		autoconfirm_age, autoconfirm_count, temp_accounts, private, snapshot_gtid)
	VALUES ('rig', 'rig', 'rig.example.org', 'https://rig.example.org', '/wiki/$1', 'en', 0, 0, false, false, '0-1-1');
INSERT INTO mwmirror.wiki_namespace VALUES ('rig', 0, '');
INSERT INTO mediawiki.content_models VALUES ('rig', 1, 'wikitext');
INSERT INTO mediawiki.slot_roles VALUES ('rig', 1, 'main');
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_editcount, user_is_temp, user_is_system)
	VALUES ('rig', 1, 'Admin', 0, false, false);
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('rig', 1, 1, 'Admin');
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES ('rig', 1, 'a comment');

CREATE SCHEMA rig;

-- pages first to first + pages - 1 are created, in that order
CREATE FUNCTION rig.create_pages(first bigint, pages int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_is_new, page_latest)
		SELECT 'rig', g, 0, 'Page_' || g, true, g FROM generate_series(first, first + pages - 1) g;
	INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
		SELECT 'rig', g, g, 'sha1of' || g, 1, 'tt:' || g FROM generate_series(first, first + pages - 1) g;
	INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
		SELECT 'rig', g, 1, g, g FROM generate_series(first, first + pages - 1) g;
	INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit,
			rev_deleted, rev_len, rev_parent_id, rev_sha1)
		SELECT 'rig', g, g, 1, 1, to_timestamp(1700000000 + g), false, 0, g, 0, 'sha1of' || g
		FROM generate_series(first, first + pages - 1) g;
$$;

-- ends a source transaction: what the applier does at its end; now, for a topic's retention goes by the time of its messages
CREATE FUNCTION rig.mark(sequence bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE mwmirror.source SET gtid_pos = format('0-1-%s', sequence) WHERE source_name = 'rig';
	SELECT mwmirror.emit_mark('rig', format('0-1-%s', sequence), '{rig}', now());
$$;
