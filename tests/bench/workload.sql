-- tests/bench/workload.sql: edits as MediaWiki writes them, by stored procedures in a database of their own.
--
-- One edit is one transaction of seven rows: comment, text, content, revision, slots and recentchanges are inserted,
-- page is updated. {wiki} is the wiki's database, {load} that of the procedures; {temp} is 1 where the wiki keeps a
-- revision's comment in revision_comment_temp (MediaWiki up to 1.39, an eighth row), {no_temp} its opposite.
-- workload.py fills these in and cuts at the lines with $$ alone.

CREATE DATABASE IF NOT EXISTS {load}
$$
CREATE OR REPLACE PROCEDURE {load}.{wiki}_prepare(IN pages INT, IN actors INT)
COMMENT 'Pages Load_1 ... and actors Load user 1 ..., all in one transaction; first ids in @first_page, @first_actor'
BEGIN
	DECLARE stamp BINARY(14) DEFAULT DATE_FORMAT(UTC_TIMESTAMP(), '%Y%m%d%H%i%S');
	START TRANSACTION;
	INSERT INTO {wiki}.slot_roles (role_name) SELECT 'main' FROM DUAL
		WHERE NOT EXISTS (SELECT 1 FROM {wiki}.slot_roles WHERE role_name = 'main');
	INSERT INTO {wiki}.content_models (model_name) SELECT 'wikitext' FROM DUAL
		WHERE NOT EXISTS (SELECT 1 FROM {wiki}.content_models WHERE model_name = 'wikitext');
	SET @load_role = (SELECT role_id FROM {wiki}.slot_roles WHERE role_name = 'main');
	SET @load_model = (SELECT model_id FROM {wiki}.content_models WHERE model_name = 'wikitext');
	SET @first_actor = (SELECT COALESCE(MAX(actor_id), 0) + 1 FROM {wiki}.actor);
	SET @first_page = (SELECT COALESCE(MAX(page_id), 0) + 1 FROM {wiki}.page);
	SET @revision = (SELECT COALESCE(MAX(rev_id), 0) + 1 FROM {wiki}.revision);
	SET @content = (SELECT COALESCE(MAX(content_id), 0) + 1 FROM {wiki}.content);
	INSERT INTO {wiki}.actor (actor_id, actor_user, actor_name)
		SELECT @first_actor + seq - 1, NULL, CONCAT('Load user ', @first_actor + seq - 1)
		FROM {load}.numbers WHERE seq <= actors;
	INSERT INTO {wiki}.comment (comment_hash, comment_text) VALUES (0, 'made for the load');
	SET @comment = LAST_INSERT_ID();
	INSERT INTO {wiki}.text (old_text, old_flags) VALUES ('first', 'utf-8');
	SET @text = LAST_INSERT_ID();
	INSERT INTO {wiki}.content (content_id, content_size, content_sha1, content_model, content_address)
		SELECT @content + seq - 1, 5, LEFT(SHA1('first'), 31), @load_model, CONCAT('tt:', @text)
		FROM {load}.numbers WHERE seq <= pages;
	INSERT INTO {wiki}.revision (rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_len, rev_parent_id, rev_sha1)
		SELECT @revision + seq - 1, @first_page + seq - 1, @comment, @first_actor, stamp, 5, 0, LEFT(SHA1('first'), 31)
		FROM {load}.numbers WHERE seq <= pages;
	INSERT INTO {wiki}.slots (slot_revision_id, slot_role_id, slot_content_id, slot_origin)
		SELECT @revision + seq - 1, @load_role, @content + seq - 1, @revision + seq - 1
		FROM {load}.numbers WHERE seq <= pages;
	INSERT INTO {wiki}.page (page_id, page_namespace, page_title, page_is_new, page_random, page_touched, page_latest,
			page_len, page_content_model)
		SELECT @first_page + seq - 1, 0, CONCAT('Load_', @first_page + seq - 1), 1, MOD(seq * 0.6180339887, 1), stamp, @revision + seq - 1, 5,
			'wikitext'
		FROM {load}.numbers WHERE seq <= pages;
	COMMIT;
	SELECT @first_page, @first_actor;
END
$$
CREATE OR REPLACE PROCEDURE {load}.{wiki}_edit(IN page INT, IN actor BIGINT, IN summary VARBINARY(500), IN body MEDIUMBLOB)
COMMENT 'One edit; inside the caller''s transaction'
BEGIN
	DECLARE stamp BINARY(14) DEFAULT DATE_FORMAT(UTC_TIMESTAMP(), '%Y%m%d%H%i%S');
	DECLARE hash VARBINARY(31) DEFAULT LEFT(SHA1(body), 31);
	DECLARE parent, parent_len, namespace INT;
	DECLARE title VARBINARY(255);
	SELECT page_latest, page_len, page_namespace, page_title INTO parent, parent_len, namespace, title
		FROM {wiki}.page WHERE page_id = page FOR UPDATE;
	INSERT INTO {wiki}.comment (comment_hash, comment_text) VALUES (CAST(CRC32(summary) AS SIGNED) - 2147483648, summary);
	SET @comment = LAST_INSERT_ID();
	INSERT INTO {wiki}.revision (rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit, rev_len, rev_parent_id,
			rev_sha1)
		VALUES (page, @comment * {no_temp}, actor, stamp, page MOD 2, LENGTH(body), parent, hash);
	SET @revision = LAST_INSERT_ID();
	IF {temp} THEN
		EXECUTE IMMEDIATE 'INSERT INTO {wiki}.revision_comment_temp VALUES (?, ?)' USING @revision, @comment;
	END IF;
	INSERT INTO {wiki}.text (old_text, old_flags) VALUES (body, 'utf-8');
	SET @text = LAST_INSERT_ID();
	INSERT INTO {wiki}.content (content_size, content_sha1, content_model, content_address)
		VALUES (LENGTH(body), hash, @load_model, CONCAT('tt:', @text));
	INSERT INTO {wiki}.slots (slot_revision_id, slot_role_id, slot_content_id, slot_origin)
		VALUES (@revision, @load_role, LAST_INSERT_ID(), @revision);
	UPDATE {wiki}.page SET page_latest = @revision, page_touched = stamp, page_len = LENGTH(body), page_is_new = 0
		WHERE page_id = page;
	INSERT INTO {wiki}.recentchanges (rc_timestamp, rc_actor, rc_namespace, rc_title, rc_comment_id, rc_cur_id,
			rc_this_oldid, rc_last_oldid, rc_source, rc_ip, rc_old_len, rc_new_len, rc_params)
		VALUES (stamp, actor, namespace, title, @comment, page, @revision, parent, 'mw.edit', '192.0.2.1', parent_len,
			LENGTH(body), '');
END
$$
CREATE OR REPLACE PROCEDURE {load}.{wiki}_edits(IN first INT, IN edits INT, IN pages INT, IN actors INT, IN bytes INT)
COMMENT 'Many edits, one transaction each; edit number n changes page n MOD pages'
BEGIN
	DECLARE n INT DEFAULT first;
	-- compression halves it, as it does texts of wikis
	DECLARE filler VARBINARY(60000) DEFAULT (SELECT LEFT(GROUP_CONCAT('Lorem ipsum dolor sit amet, [[', SHA1(seq), ']] adipisici elit. ' SEPARATOR ''), 60000)
		FROM {load}.numbers WHERE seq <= 800);
	SET @load_role = (SELECT role_id FROM {wiki}.slot_roles WHERE role_name = 'main');
	SET @load_model = (SELECT model_id FROM {wiki}.content_models WHERE model_name = 'wikitext');
	-- so many that follow each other: between those of two loads others may have come and gone
	SET @first_page = (SELECT p.page_id FROM {wiki}.page p WHERE p.page_title LIKE 'Load\_%' AND
		(SELECT COUNT(*) FROM {wiki}.page q WHERE q.page_id BETWEEN p.page_id AND p.page_id + pages - 1 AND q.page_title LIKE 'Load\_%') = pages
		ORDER BY p.page_id LIMIT 1);
	SET @first_actor = (SELECT MIN(actor_id) FROM {wiki}.actor WHERE actor_name LIKE 'Load user %');
	WHILE n < first + edits DO
		START TRANSACTION;
		CALL {load}.{wiki}_edit(@first_page + n MOD pages, @first_actor + n MOD actors, CONCAT('load edit ', n),
			CONCAT(n, ' ', LEFT(filler, bytes)));
		COMMIT;
		SET n = n + 1;
	END WHILE;
END
