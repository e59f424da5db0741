/*
 * sql/mapping/references.sql
 *	  References between MediaWiki's tables.
 */

INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed)
VALUES
	('page', '{page_latest}', 'revision', '{rev_id}', true),
	('page', '{page_id}', 'archive', '{ar_page_id}', true),
	('page', '{page_id}', 'redirect', '{rd_from}', false),
	('redirect', '{rd_namespace,rd_title}', 'page', '{page_namespace,page_title}', false),
	('redirect', '{rd_from}', 'page', '{page_id}', true),
	('revision', '{rev_page}', 'page', '{page_id}', true),
	('revision', '{rev_id}', 'archive', '{ar_rev_id}', true),
	('revision', '{rev_parent_id}', 'revision', '{rev_id}', true),
	('revision', '{rev_actor}', 'actor', '{actor_id}', false),
	('revision', '{rev_comment_id}', 'comment', '{comment_id}', false),
	('revision', '{rev_id}', 'slots', '{slot_revision_id}', false),
	('slots', '{slot_content_id}', 'content', '{content_id}', false),
	('slots', '{slot_role_id}', 'slot_roles', '{role_id}', false),
	('content', '{content_model}', 'content_models', '{model_id}', false),
	('archive', '{ar_actor}', 'actor', '{actor_id}', false),
	('archive', '{ar_comment_id}', 'comment', '{comment_id}', false),
	('archive', '{ar_rev_id}', 'slots', '{slot_revision_id}', false),
	('logging', '{log_actor}', 'actor', '{actor_id}', false),
	('logging', '{log_comment_id}', 'comment', '{comment_id}', false),
	('actor', '{actor_user}', 'user', '{user_id}', false),
	('user', '{user_id}', 'user_groups', '{ug_user}', false);
