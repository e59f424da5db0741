-- Recent changes, logs, tags, and figures over time.

-- query: recent changes of a user
-- mariadb:
SELECT rc_timestamp, rc_namespace, rc_title, rc_new_len - rc_old_len, rc_this_oldid FROM recentchanges_userindex JOIN actor ON actor_id = rc_actor
WHERE actor_name = {busy_user} AND rc_type < 2 AND rc_deleted & 5 = 0 ORDER BY rc_timestamp DESC, rc_id DESC LIMIT 50
-- postgres:
SELECT rc_timestamp, rc_namespace, rc_title, rc_new_len - rc_old_len, rc_this_oldid FROM recentchanges
WHERE rc_actor = (SELECT actor_id FROM actor WHERE actor_name = {busy_user}) AND rc_type < 2 AND rc_title IS NOT NULL ORDER BY rc_timestamp DESC, rc_id DESC LIMIT 50

-- query: unpatrolled edits of articles, with tags
-- mariadb:
SELECT rc_id, rc_timestamp, rc_title, (SELECT group_concat(ctd_name ORDER BY ctd_name SEPARATOR ',') FROM change_tag JOIN change_tag_def ON ctd_id = ct_tag_id
	WHERE ct_rc_id = rc_id AND ctd_name NOT LIKE 'mw-private-%') AS tags
FROM recentchanges WHERE rc_namespace = 0 AND rc_type = 0 AND rc_patrolled = 0 AND rc_bot = 0 AND rc_deleted & 1 = 0 ORDER BY rc_timestamp DESC, rc_id DESC LIMIT 100
-- postgres:
SELECT rc_id, rc_timestamp, rc_title, (SELECT string_agg(ctd_name, ',' ORDER BY ctd_name) FROM change_tag JOIN change_tag_def ON ctd_id = ct_tag_id
	WHERE ct_rc_id = rc_id) AS tags
FROM recentchanges WHERE rc_namespace = 0 AND rc_type = 0 AND rc_patrolled = 0 AND NOT rc_bot ORDER BY rc_timestamp DESC, rc_id DESC LIMIT 100

-- query: block log
-- mariadb:
SELECT log_id, log_timestamp, log_action, IF(log_deleted & 4, NULL, actor_name), log_title, IF(log_deleted & 2, NULL, comment_text)
FROM logging LEFT JOIN actor_logging ON actor_id = log_actor LEFT JOIN comment_logging ON comment_id = log_comment_id
WHERE log_type = 'block' AND log_deleted & 1 = 0 ORDER BY log_timestamp DESC, log_id DESC LIMIT 100
-- postgres:
SELECT log_id, log_timestamp, log_action, actor_name, log_title, comment_text
FROM logging LEFT JOIN actor ON actor_id = log_actor LEFT JOIN comment ON comment_id = log_comment_id
WHERE log_type = 'block' AND log_title IS NOT NULL ORDER BY log_timestamp DESC, log_id DESC LIMIT 100

-- query: blocks in force by who set them
-- mariadb:
SELECT actor_name, count(*) AS blocks, sum(bl_expiry = 'infinity') FROM block JOIN block_target ON bt_id = bl_target JOIN actor_block ON actor_id = bl_by_actor
WHERE bl_deleted = 0 AND bt_user IS NOT NULL AND bl_expiry > '20260101000000' GROUP BY actor_id, actor_name ORDER BY blocks DESC, actor_name LIMIT 50
-- postgres:
SELECT actor_name, blocks, forever FROM (SELECT bl_by_actor, count(*) AS blocks, count(*) FILTER (WHERE bl_expiry = 'infinity') AS forever
	FROM (SELECT * FROM block WHERE bl_expiry > '2026-01-01' OFFSET 0) AS in_force
	WHERE bl_target IN (SELECT bt_id FROM block_target WHERE bt_user IS NOT NULL OFFSET 0) GROUP BY bl_by_actor ORDER BY blocks DESC OFFSET 0) AS who
	JOIN actor ON actor_id = bl_by_actor
ORDER BY blocks DESC, actor_name LIMIT 50

-- query: deletions of a year by administrator
-- mariadb:
SELECT actor_name, count(*) AS deletions FROM logging_logindex JOIN actor_logging ON actor_id = log_actor
WHERE log_type = 'delete' AND log_action = 'delete' AND log_timestamp >= '20250101000000' AND log_deleted & 5 = 0
GROUP BY actor_id, actor_name ORDER BY deletions DESC, actor_name LIMIT 50
-- postgres:
SELECT actor_name, deletions FROM (SELECT log_actor, count(*) AS deletions FROM logging
	WHERE log_type = 'delete' AND log_action = 'delete' AND log_timestamp >= '2025-01-01' GROUP BY log_actor) AS who JOIN actor ON actor_id = log_actor
ORDER BY deletions DESC, actor_name LIMIT 50

-- query: new files
-- mariadb:
SELECT img_name, img_timestamp, img_size, actor_name, comment_text FROM image JOIN actor_image ON actor_id = img_actor JOIN comment_image ON comment_id = img_description_id
ORDER BY img_timestamp DESC, img_name LIMIT 100
-- postgres:
SELECT img_name, img_timestamp, img_size, actor_name, comment_text FROM image JOIN actor ON actor_id = img_actor JOIN comment ON comment_id = img_description_id
ORDER BY img_timestamp DESC, img_name LIMIT 100

-- query: share of reverted edits by month
-- mariadb:
SELECT left(rev_timestamp, 6) AS month, count(*), count(ct_id) FROM revision LEFT JOIN change_tag ON ct_rev_id = rev_id
	AND ct_tag_id = (SELECT ctd_id FROM change_tag_def WHERE ctd_name = 'mw-reverted')
WHERE rev_timestamp >= '20250101000000' GROUP BY month
-- postgres:
SELECT to_char(rev_timestamp, 'YYYYMM') AS month, count(*), count(ct_id) FROM revision LEFT JOIN change_tag ON ct_rev_id = rev_id
	AND ct_tag_id = (SELECT ctd_id FROM change_tag_def WHERE ctd_name = 'mw-reverted')
WHERE rev_timestamp >= '2025-01-01' GROUP BY month

-- query: edits per day of a year
-- mariadb:
SELECT left(rev_timestamp, 8) AS day, count(*), count(DISTINCT IF(rev_deleted & 4, NULL, rev_actor)) FROM revision WHERE rev_timestamp >= '20250101000000' GROUP BY day
-- postgres:
SELECT to_char(rev_timestamp, 'YYYYMMDD') AS day, count(*), count(DISTINCT rev_actor) FROM revision WHERE rev_timestamp >= '2025-01-01' GROUP BY day

-- query: edits of all time by hour of the day
-- mariadb:
SELECT substr(rev_timestamp, 9, 2) AS hour, count(*), sum(rev_minor_edit) FROM revision GROUP BY hour
-- postgres:
SELECT lpad(hour::text, 2, '0'), edits, minor FROM (
	SELECT date_part('hour', rev_timestamp) AS hour, count(*) AS edits, count(*) FILTER (WHERE rev_minor_edit) AS minor FROM revision GROUP BY hour) AS by_hour

-- query: how many edits each tag has
-- mariadb:
SELECT ctd_name, count(*) FROM change_tag JOIN change_tag_def ON ctd_id = ct_tag_id WHERE ctd_name NOT LIKE 'mw-private-%' GROUP BY ctd_name
-- postgres:
SELECT ctd_name, edits FROM change_tag_def CROSS JOIN LATERAL (SELECT count(*) AS edits FROM change_tag WHERE ct_tag_id = ctd_id) AS tagged WHERE edits > 0
