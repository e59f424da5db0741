/*
 * sql/tables/blocks.sql
 *	  Mirror tables: blocks, in the shape of MediaWiki 1.42 and later.
 */

CREATE TABLE mediawiki.block_target (
	wiki_id        text COLLATE "C" NOT NULL,
	bt_id          bigint NOT NULL,
	bt_address     text COLLATE "C",
	bt_user        bigint,
	bt_user_text   text COLLATE "C",
	bt_auto        boolean DEFAULT false,
	bt_range_start text COLLATE "C",
	bt_range_end   text COLLATE "C",
	bt_ip_hex      text COLLATE "C",
	bt_count       integer DEFAULT 0,
	PRIMARY KEY (wiki_id, bt_id)
);
-- the blocks of an account or an address, of which one may hide the account; and who was blocked, when that goes
CREATE INDEX bt_user ON mediawiki.block_target (wiki_id, bt_user);
CREATE INDEX bt_address ON mediawiki.block_target (wiki_id, bt_address);
ALTER TABLE mediawiki.block_target REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.block_target IS 'Who is blocked: an account, an IP address or a range.';
COMMENT ON COLUMN mediawiki.block_target.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.block_target.bt_id IS 'Id. Negative ids are the mirror''s own, -ipb_id, for wikis that still have ipblocks.';
COMMENT ON COLUMN mediawiki.block_target.bt_address IS 'IP address or range; NULL for accounts and, as it is private, for autoblocks.';
COMMENT ON COLUMN mediawiki.block_target.bt_user IS 'user.user_id; NULL for addresses.';
COMMENT ON COLUMN mediawiki.block_target.bt_user_text IS 'Name of the account; NULL for addresses.';
COMMENT ON COLUMN mediawiki.block_target.bt_auto IS 'True for an autoblock, whose address is not mirrored.';
COMMENT ON COLUMN mediawiki.block_target.bt_range_start IS 'First address of a range, hexadecimal; else NULL.';
COMMENT ON COLUMN mediawiki.block_target.bt_range_end IS 'Last address of a range, hexadecimal; else NULL.';
COMMENT ON COLUMN mediawiki.block_target.bt_ip_hex IS 'Address or first address, hexadecimal; NULL for accounts and autoblocks.';
COMMENT ON COLUMN mediawiki.block_target.bt_count IS 'Blocks of this target.';

CREATE TABLE mediawiki.block (
	wiki_id             text COLLATE "C" NOT NULL,
	bl_id               bigint NOT NULL,
	bl_target           bigint,
	bl_by_actor         bigint,
	bl_reason_id        bigint,
	bl_timestamp        timestamptz,
	bl_anon_only        boolean DEFAULT false,
	bl_create_account   boolean DEFAULT true,
	bl_enable_autoblock boolean DEFAULT true,
	bl_expiry           timestamptz,
	bl_deleted          boolean DEFAULT false,
	bl_block_email      boolean DEFAULT false,
	bl_allow_usertalk   boolean DEFAULT false,
	bl_parent_block_id  bigint,
	bl_sitewide         boolean DEFAULT true,
	ended_at            timestamptz,
	PRIMARY KEY (wiki_id, bl_id)
);
CREATE INDEX bl_target ON mediawiki.block (wiki_id, bl_target);
CREATE INDEX bl_hides ON mediawiki.block (wiki_id, bl_target) WHERE bl_deleted;
CREATE INDEX bl_due ON mediawiki.block (bl_expiry, wiki_id) WHERE bl_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < bl_expiry);
-- what was blocked before a change, and what a block that ends forbade
ALTER TABLE mediawiki.block REPLICA IDENTITY FULL;
COMMENT ON TABLE mediawiki.block IS 'Blocks in force.';
COMMENT ON COLUMN mediawiki.block.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.block.bl_id IS 'Id; ipb_id before MediaWiki 1.42.';
COMMENT ON COLUMN mediawiki.block.bl_target IS 'block_target.bt_id.';
COMMENT ON COLUMN mediawiki.block.bl_by_actor IS 'actor.actor_id of who blocked.';
COMMENT ON COLUMN mediawiki.block.bl_reason_id IS 'comment.comment_id of the reason.';
COMMENT ON COLUMN mediawiki.block.bl_timestamp IS 'When it was set or last changed.';
COMMENT ON COLUMN mediawiki.block.bl_anon_only IS 'True if accounts may still use the address.';
COMMENT ON COLUMN mediawiki.block.bl_create_account IS 'True if accounts may not be created.';
COMMENT ON COLUMN mediawiki.block.bl_enable_autoblock IS 'True if addresses the account uses are blocked as well.';
COMMENT ON COLUMN mediawiki.block.bl_expiry IS 'When it ends; infinity if never.';
COMMENT ON COLUMN mediawiki.block.bl_deleted IS 'True if the name of the account is hidden.';
COMMENT ON COLUMN mediawiki.block.bl_block_email IS 'True if mail may not be sent.';
COMMENT ON COLUMN mediawiki.block.bl_allow_usertalk IS 'True if the own talk page may be edited.';
COMMENT ON COLUMN mediawiki.block.bl_parent_block_id IS 'block.bl_id that caused an autoblock; NULL if none.';
COMMENT ON COLUMN mediawiki.block.bl_sitewide IS 'False if only ipblocks_restrictions are blocked.';
COMMENT ON COLUMN mediawiki.block.ended_at IS 'The mirror''s own: the expiry at which events said that it ended. It is over if this is not earlier than bl_expiry.';

CREATE TABLE mediawiki.ipblocks_restrictions (
	wiki_id   text COLLATE "C" NOT NULL,
	ir_ipb_id bigint NOT NULL,
	ir_type   smallint NOT NULL,
	ir_value  bigint NOT NULL,
	PRIMARY KEY (wiki_id, ir_ipb_id, ir_type, ir_value)
);
COMMENT ON TABLE mediawiki.ipblocks_restrictions IS 'What a partial block covers.';
COMMENT ON COLUMN mediawiki.ipblocks_restrictions.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.ipblocks_restrictions.ir_ipb_id IS 'block.bl_id.';
COMMENT ON COLUMN mediawiki.ipblocks_restrictions.ir_type IS '1 page, 2 namespace, 3 action.';
COMMENT ON COLUMN mediawiki.ipblocks_restrictions.ir_value IS 'page.page_id, namespace or number of the action.';
