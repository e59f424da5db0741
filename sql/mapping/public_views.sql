/*
 * sql/mapping/public_views.sql
 *	  Public views beside those of the mirror's tables: Wikimedia's alternative ones, and some of what everybody joins. Each is a query of public views
 *	  ({name}), and so cannot show more than they do.
 *
 * The others have been for MariaDB, where only a view that leaves hidden rows out can use an index on what is hidden in them; here plain ones
 * can, and these are for queries that name them. t is the view named in of_view; {a} is true if row a is of the same wiki as t's.
 */

/* ---- rows in which something is not hidden ---- */

INSERT INTO mwmirror.public_view (view_name, of_view, condition, reason)
VALUES
	('revision_userindex', 'revision', 'NOT mwmirror.has_bits(t.rev_deleted, 4)', 'view revision_userindex'),
	('archive_userindex', 'archive', 'NOT mwmirror.has_bits(t.ar_deleted, 4)', 'view archive_userindex'),
	('logging_userindex', 'logging', 'NOT mwmirror.has_bits(t.log_deleted, 4)', 'view logging_userindex'),
	('logging_logindex', 'logging', 'NOT mwmirror.has_bits(t.log_deleted, 1)', 'view logging_logindex'),
	('recentchanges_userindex', 'recentchanges', 'NOT mwmirror.has_bits(t.rc_deleted, 4)', 'view recentchanges_userindex'),
	('filearchive_userindex', 'filearchive', 'NOT mwmirror.has_bits(t.fa_deleted, 4)', 'view filearchive_userindex'),
	('oldimage_userindex', 'oldimage', 'NOT mwmirror.has_bits(t.oi_deleted, 4)', 'view oldimage_userindex'),
	('block_target_ipindex', 'block_target', 'NOT coalesce(t.bt_auto, false)', 'view block_target_ipindex');

/* ---- by what shows them ---- */

INSERT INTO mwmirror.public_view (view_name, of_view, condition, reason)
SELECT 'actor_' || v.name, 'actor', format('EXISTS (SELECT FROM {%s} o WHERE {o} AND o.%I = t.%I)', v.shown_by, v.of_column, v.by), 'view actor_' || v.name
FROM (VALUES
	('user', 'user', 'user_id', 'actor_user'),
	('archive', 'archive', 'ar_actor', 'actor_id'),
	('block', 'block', 'bl_by_actor', 'actor_id'),
	('ipblocks', 'block', 'bl_by_actor', 'actor_id'),
	('image', 'image', 'img_actor', 'actor_id'),
	('oldimage', 'oldimage', 'oi_actor', 'actor_id'),
	('filearchive', 'filearchive', 'fa_actor', 'actor_id'),
	('recentchanges', 'recentchanges', 'rc_actor', 'actor_id'),
	('logging', 'logging', 'log_actor', 'actor_id'),
	('revision', 'revision', 'rev_actor', 'actor_id')
) AS v (name, shown_by, of_column, by);
INSERT INTO mwmirror.public_view (view_name, of_view, condition, reason)
SELECT 'comment_' || v.name, 'comment', string_agg(format('EXISTS (SELECT FROM {%s} o WHERE {o} AND o.%I = t.comment_id)', v.shown_by, v.of_column), ' OR '), 'view comment_' || v.name
FROM (VALUES
	('block', 'block', 'bl_reason_id'),
	('ipblocks', 'block', 'bl_reason_id'),
	('image', 'image', 'img_description_id'),
	('filearchive', 'filearchive', 'fa_deleted_reason_id'),
	('filearchive', 'filearchive', 'fa_description_id'),
	('oldimage', 'oldimage', 'oi_description_id'),
	('protected_titles', 'protected_titles', 'pt_reason_id'),
	('recentchanges', 'recentchanges', 'rc_comment_id'),
	('revision', 'revision', 'rev_comment_id'),
	('logging', 'logging', 'log_comment_id')
) AS v (name, shown_by, of_column)
GROUP BY v.name;

/* ---- as tables were before comments, accounts and contents had tables of their own ---- */

INSERT INTO mwmirror.public_view (view_name, of_view, joined, more, reason)
VALUES
	('revision_compat', 'revision', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.rev_comment_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.rev_actor'
		' LEFT JOIN ({slots} s JOIN {slot_roles} r ON {s,r} AND r.role_id = s.slot_role_id AND r.role_name = ''main'' JOIN {content} k ON {s,k} AND k.content_id = s.slot_content_id'
		' JOIN {content_models} m ON {s,m} AND m.model_id = k.content_model) ON {s} AND s.slot_revision_id = t.rev_id',
		ARRAY[['rev_text_id', 'k.content_id', 'content.content_id of the main slot.'], ['rev_comment', 'c.comment_text', 'comment.comment_text of rev_comment_id.'],
			['rev_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of rev_actor; 0: no account.'], ['rev_user_text', 'a.actor_name', 'actor.actor_name of rev_actor.'],
			['rev_content_model', 'm.model_name', 'Content model of the main slot.'], ['rev_content_format', 'NULL::text', 'Always NULL.']], 'view revision_compat'),
	('archive_compat', 'archive', 'LEFT JOIN {actor} a ON {a} AND a.actor_id = t.ar_actor'
		' LEFT JOIN ({slots} s JOIN {slot_roles} r ON {s,r} AND r.role_id = s.slot_role_id AND r.role_name = ''main'' JOIN {content} k ON {s,k} AND k.content_id = s.slot_content_id'
		' JOIN {content_models} m ON {s,m} AND m.model_id = k.content_model) ON {s} AND s.slot_revision_id = t.ar_rev_id',
		ARRAY[['ar_text_id', 'k.content_id', 'content.content_id of the main slot.'], ['ar_comment', 'NULL::text', 'Always NULL.'],
			['ar_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of ar_actor; 0: no account.'], ['ar_user_text', 'a.actor_name', 'actor.actor_name of ar_actor.'],
			['ar_content_model', 'm.model_name', 'Content model of the main slot.'], ['ar_content_format', 'NULL::text', 'Always NULL.']], 'view archive_compat'),
	('logging_compat', 'logging', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.log_comment_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.log_actor',
		ARRAY[['log_comment', 'c.comment_text', 'comment.comment_text of log_comment_id.'],
			['log_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of log_actor; 0: no account.'], ['log_user_text', 'a.actor_name', 'actor.actor_name of log_actor.']],
		'view logging_compat; entries without a comment or account that is there as well'),
	('recentchanges_compat', 'recentchanges', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.rc_comment_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.rc_actor',
		ARRAY[['rc_comment', 'c.comment_text', 'comment.comment_text of rc_comment_id.'],
			['rc_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of rc_actor; 0: no account.'], ['rc_user_text', 'a.actor_name', 'actor.actor_name of rc_actor.']],
		'view recentchanges_compat; rows whose comment or account is hidden as well'),
	('image_compat', 'image', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.img_description_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.img_actor',
		ARRAY[['img_description', 'c.comment_text', 'comment.comment_text of img_description_id.'], ['img_user', 'a.actor_user', 'actor.actor_user of img_actor.'],
			['img_user_text', 'a.actor_name', 'actor.actor_name of img_actor.']], 'view image_compat'),
	('oldimage_compat', 'oldimage', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.oi_description_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.oi_actor',
		ARRAY[['oi_description', 'c.comment_text', 'comment.comment_text of oi_description_id.'],
			['oi_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of oi_actor; 0: no account.'], ['oi_user_text', 'a.actor_name', 'actor.actor_name of oi_actor.']],
		'view oldimage_compat; rows whose comment or account is hidden as well'),
	('filearchive_compat', 'filearchive', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.fa_description_id LEFT JOIN {comment} d ON {d} AND d.comment_id = t.fa_deleted_reason_id'
		' LEFT JOIN {actor} a ON {a} AND a.actor_id = t.fa_actor',
		ARRAY[['fa_description', 'c.comment_text', 'comment.comment_text of fa_description_id.'], ['fa_deleted_reason', 'd.comment_text', 'comment.comment_text of fa_deleted_reason_id.'],
			['fa_user', 'CASE WHEN a.actor_id IS NOT NULL THEN coalesce(a.actor_user, 0) END', 'actor.actor_user of fa_actor; 0: no account.'], ['fa_user_text', 'a.actor_name', 'actor.actor_name of fa_actor.']],
		'view filearchive_compat'),
	('protected_titles_compat', 'protected_titles', 'LEFT JOIN {comment} c ON {c} AND c.comment_id = t.pt_reason_id',
		ARRAY[['pt_reason', 'c.comment_text', 'comment.comment_text of pt_reason_id.']], 'view protected_titles_compat');

INSERT INTO mwmirror.public_view (view_name, of_view, own_columns, joined, condition, more, reason)
SELECT v.name, 'block', false, 'JOIN {block_target} b ON {b} AND b.bt_id = t.bl_target' || v.joined, v.condition, ARRAY[
	['ipb_id', 't.bl_id', 'block.bl_id.'],
	['ipb_address', 'coalesce(b.bt_address, b.bt_user_text)', 'Address, range or account that is blocked.'],
	['ipb_user', 'b.bt_user', 'user.user_id of the account that is blocked; NULL: an address.'],
	['ipb_reason_id', 't.bl_reason_id', 'comment.comment_id of why.'],
	['ipb_timestamp', 't.bl_timestamp', 'When the block was set.'],
	['ipb_auto', 'b.bt_auto', 'True if it was set by another block.'],
	['ipb_anon_only', 't.bl_anon_only', 'As block.bl_anon_only.'],
	['ipb_create_account', 't.bl_create_account', 'As block.bl_create_account.'],
	['ipb_expiry', 't.bl_expiry', 'When it ends.'],
	['ipb_range_start', 'coalesce(b.bt_range_start, b.bt_ip_hex, '''')', 'First address in hexadecimal.'],
	['ipb_range_end', 'coalesce(b.bt_range_end, '''')', 'Last address of a range in hexadecimal.'],
	['ipb_enable_autoblock', 't.bl_enable_autoblock', 'As block.bl_enable_autoblock.'],
	['ipb_deleted', 't.bl_deleted', 'Always false.'],
	['ipb_block_email', 't.bl_block_email', 'As block.bl_block_email.'],
	['ipb_by_actor', 't.bl_by_actor', 'actor.actor_id of who set it.'],
	['ipb_allow_usertalk', 't.bl_allow_usertalk', 'As block.bl_allow_usertalk.'],
	['ipb_parent_block_id', 't.bl_parent_block_id', 'As block.bl_parent_block_id.'],
	['ipb_sitewide', 't.bl_sitewide', 'As block.bl_sitewide.']] || v.more, 'view ' || v.name
FROM (VALUES
	('ipblocks', '', NULL, '{}'::text[]),
	('ipblocks_ipindex', '', 'NOT coalesce(b.bt_auto, false)', '{}'),
	('ipblocks_compat', ' LEFT JOIN {comment} c ON {c} AND c.comment_id = t.bl_reason_id LEFT JOIN {actor} a ON {a} AND a.actor_id = t.bl_by_actor', NULL,
		ARRAY[['ipb_reason', 'c.comment_text', 'comment.comment_text of ipb_reason_id.'], ['ipb_by', 'a.actor_user', 'actor.actor_user of ipb_by_actor.'],
			['ipb_by_text', 'a.actor_name', 'actor.actor_name of ipb_by_actor.']])
) AS v (name, joined, condition, more);

INSERT INTO mwmirror.public_view (view_name, of_view, own_columns, joined, more, reason)
VALUES
	('page_compat', 'page', true,
		'LEFT JOIN ({slots} s JOIN {slot_roles} r ON {s,r} AND r.role_id = s.slot_role_id AND r.role_name = ''main'' JOIN {content} k ON {s,k} AND k.content_id = s.slot_content_id'
		' JOIN {content_models} m ON {s,m} AND m.model_id = k.content_model) ON {s} AND s.slot_revision_id = t.page_latest',
		ARRAY[['page_content_model', 'coalesce(m.model_name, t.page_content_model)', 'Content model of the main slot of the latest revision.']],
		'view page_compat; the model''s name there is tested as a number, and so never shown'),
	('revision_text', 'revision', false,
		'JOIN {slots} s ON {s} AND s.slot_revision_id = t.rev_id JOIN {slot_roles} r ON {r} AND r.role_id = s.slot_role_id JOIN {content} k ON {k} AND k.content_id = s.slot_content_id'
		' JOIN {content_models} m ON {m} AND m.model_id = k.content_model JOIN {content_body} b ON {b} AND b.content_id = k.content_id',
		ARRAY[['rev_id', 't.rev_id', 'revision.rev_id.'], ['rev_page', 't.rev_page', 'page.page_id.'], ['role_name', 'r.role_name', 'Slot, such as main.'],
			['model_name', 'm.model_name', 'Content model, such as wikitext.'], ['body_status', 'b.body_status', 'As content_body.body_status.'],
			['body_text', 'mwmirror.utf8_text(b.body)', 'The text; NULL if it is not UTF-8, or body_status is not ok.']],
		'none there: replicas have no contents. Here of the wikis whose content_policy keeps them');
