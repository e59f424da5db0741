-- What people have done. README.md says how these files are read.

-- query: contributions of a user
-- mariadb:
SELECT rev_id, rev_timestamp, page_namespace, page_title, rev_len, IF(rev_deleted & 2, NULL, comment_text) AS summary
FROM revision_userindex JOIN actor ON actor_id = rev_actor JOIN page ON page_id = rev_page LEFT JOIN comment_revision ON comment_id = rev_comment_id
WHERE actor_name = {busy_user} AND rev_deleted & 4 = 0 ORDER BY rev_timestamp DESC, rev_id DESC LIMIT 50
-- postgres:
SELECT rev_id, rev_timestamp, page_namespace, page_title, rev_len, comment_text AS summary
FROM revision JOIN page ON page_id = rev_page LEFT JOIN comment ON comment_id = rev_comment_id
WHERE rev_actor = (SELECT actor_id FROM actor WHERE actor_name = {busy_user}) ORDER BY rev_timestamp DESC, rev_id DESC LIMIT 50

-- query: edits of a user by namespace
-- mariadb:
SELECT page_namespace, count(*), count(DISTINCT page_id), min(rev_timestamp), max(rev_timestamp)
FROM revision_userindex JOIN actor ON actor_id = rev_actor JOIN page ON page_id = rev_page
WHERE actor_name = {busy_user} AND rev_deleted & 4 = 0 GROUP BY page_namespace
-- postgres:
SELECT page_namespace, count(*), count(DISTINCT page_id), min(rev_timestamp), max(rev_timestamp) FROM revision JOIN page ON page_id = rev_page
WHERE rev_actor = (SELECT actor_id FROM actor WHERE actor_name = {busy_user}) GROUP BY page_namespace

-- query: edits of a bot by month
-- mariadb:
SELECT left(rev_timestamp, 6) AS month, count(*) FROM revision_userindex JOIN actor ON actor_id = rev_actor
WHERE actor_name = {bot} AND rev_deleted & 4 = 0 GROUP BY month
-- postgres:
SELECT to_char(rev_timestamp, 'YYYYMM') AS month, count(*) FROM revision
WHERE rev_actor = (SELECT actor_id FROM actor WHERE actor_name = {bot}) GROUP BY month

-- query: top editors of a month
-- mariadb:
SELECT actor_name, count(*) AS edits FROM revision JOIN actor_revision ON actor_id = rev_actor
WHERE rev_timestamp >= '20251101000000' AND rev_timestamp < '20251201000000' AND rev_deleted & 4 = 0
	AND NOT EXISTS (SELECT 1 FROM user_groups WHERE ug_user = actor_user AND ug_group = 'bot')
GROUP BY actor_id, actor_name ORDER BY edits DESC, actor_name LIMIT 25
-- postgres:
SELECT actor_name, edits FROM (SELECT rev_actor, count(*) AS edits FROM revision
	WHERE rev_timestamp >= '2025-11-01' AND rev_timestamp < '2025-12-01' GROUP BY rev_actor) AS who JOIN actor ON actor_id = rev_actor
WHERE NOT EXISTS (SELECT 1 FROM user_groups WHERE ug_user = actor_user AND ug_group = 'bot') ORDER BY edits DESC, actor_name LIMIT 25

-- query: who wrote most new articles of a year
-- mariadb:
SELECT actor_name, count(*) AS pages, sum(rev_len) AS bytes FROM revision JOIN actor_revision ON actor_id = rev_actor JOIN page ON page_id = rev_page
WHERE rev_parent_id = 0 AND rev_timestamp LIKE '2025%' AND page_namespace = 0 AND page_is_redirect = 0 AND rev_deleted & 5 = 0
GROUP BY actor_id, actor_name ORDER BY pages DESC, actor_name LIMIT 25
-- postgres:
SELECT actor_name, pages, bytes FROM (SELECT rev_actor, count(*) AS pages, sum(rev_len) AS bytes FROM revision JOIN page ON page_id = rev_page
	WHERE rev_parent_id = 0 AND rev_timestamp >= '2025-01-01' AND rev_timestamp < '2026-01-01' AND page_namespace = 0 AND NOT page_is_redirect AND rev_len IS NOT NULL
	GROUP BY rev_actor) AS who JOIN actor ON actor_id = rev_actor
ORDER BY pages DESC, actor_name LIMIT 25

-- query: bytes that each added in a month
-- mariadb:
SELECT actor_name, sum(CAST(r.rev_len AS SIGNED) - CAST(coalesce(p.rev_len, 0) AS SIGNED)) AS bytes
FROM revision r JOIN actor_revision ON actor_id = r.rev_actor LEFT JOIN revision p ON p.rev_id = r.rev_parent_id AND p.rev_deleted & 1 = 0
WHERE r.rev_timestamp >= '20251201000000' AND r.rev_deleted & 5 = 0
GROUP BY actor_id, actor_name ORDER BY bytes DESC, actor_name LIMIT 25
-- postgres:
SELECT actor_name, bytes FROM (SELECT r.rev_actor, sum(r.rev_len - coalesce(p.rev_len, 0)) AS bytes FROM revision r LEFT JOIN revision p ON p.rev_id = r.rev_parent_id
	WHERE r.rev_timestamp >= '2025-12-01' AND r.rev_len IS NOT NULL GROUP BY r.rev_actor) AS who JOIN actor ON actor_id = rev_actor
ORDER BY bytes DESC, actor_name LIMIT 25

-- query: pages that two users have edited
-- mariadb:
SELECT page_namespace, page_title, count(*) FROM page
	JOIN revision_userindex a ON a.rev_page = page_id AND a.rev_deleted & 4 = 0 JOIN actor aa ON aa.actor_id = a.rev_actor AND aa.actor_name = {user}
	JOIN revision_userindex b ON b.rev_page = page_id AND b.rev_deleted & 4 = 0 JOIN actor ab ON ab.actor_id = b.rev_actor AND ab.actor_name = {other_user}
GROUP BY page_id, page_namespace, page_title ORDER BY page_namespace, page_title
-- postgres:
SELECT page_namespace, page_title, count(*) FROM page JOIN revision a ON a.rev_page = page_id JOIN revision b ON b.rev_page = page_id
WHERE a.rev_actor = (SELECT actor_id FROM actor WHERE actor_name = {user}) AND b.rev_actor = (SELECT actor_id FROM actor WHERE actor_name = {other_user})
GROUP BY page_id, page_namespace, page_title ORDER BY page_namespace, page_title

-- query: edits from a range of addresses
-- mariadb:
SELECT rev_id, rev_timestamp, actor_name, page_title FROM ip_changes JOIN revision ON rev_id = ipc_rev_id
	JOIN actor_revision ON actor_id = rev_actor JOIN page ON page_id = rev_page
WHERE ipc_hex BETWEEN '50000000' AND '50FFFFFF' AND rev_deleted & 4 = 0 ORDER BY ipc_rev_timestamp DESC, rev_id DESC LIMIT 100
-- postgres:
SELECT rev_id, rev_timestamp, actor_name, page_title FROM (
	SELECT * FROM ip_changes WHERE ipc_hex BETWEEN '50000000' AND '50FFFFFF' ORDER BY ipc_rev_timestamp DESC, ipc_rev_id DESC LIMIT 100) AS edit
	JOIN revision ON rev_id = ipc_rev_id JOIN actor ON actor_id = rev_actor JOIN page ON page_id = rev_page
ORDER BY ipc_rev_timestamp DESC, rev_id DESC

-- query: administrators and their last log entry
-- mariadb:
SELECT user_name, (SELECT max(log_timestamp) FROM logging_userindex JOIN actor ON actor_id = log_actor
	WHERE actor_user = user_id AND log_type IN ('block', 'delete', 'protect', 'rights') AND log_deleted & 4 = 0) AS last
FROM user JOIN user_groups ON ug_user = user_id WHERE ug_group = 'sysop' ORDER BY last, user_name
-- postgres:
SELECT user_name, (SELECT max(log_timestamp) FROM logging JOIN actor ON actor_id = log_actor
	WHERE actor_user = user_id AND log_type IN ('block', 'delete', 'protect', 'rights')) AS last
FROM "user" JOIN user_groups ON ug_user = user_id WHERE ug_group = 'sysop' ORDER BY last NULLS FIRST, user_name
