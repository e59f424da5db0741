-- Pages, their history and what they lack.

-- query: history of a page
-- mariadb:
SELECT rev_id, rev_timestamp, IF(rev_deleted & 4, NULL, actor_name), IF(rev_deleted & 2, NULL, comment_text), rev_minor_edit, IF(rev_deleted & 1, NULL, rev_len)
FROM page JOIN revision ON rev_page = page_id LEFT JOIN actor_revision ON actor_id = rev_actor LEFT JOIN comment_revision ON comment_id = rev_comment_id
WHERE page_namespace = 0 AND page_title = {page} ORDER BY rev_timestamp DESC, rev_id DESC LIMIT 50
-- postgres:
SELECT rev_id, rev_timestamp, actor_name, comment_text, rev_minor_edit, rev_len
FROM revision LEFT JOIN actor ON actor_id = rev_actor LEFT JOIN comment ON comment_id = rev_comment_id
WHERE rev_page = (SELECT page_id FROM page WHERE page_namespace = 0 AND page_title = {page}) ORDER BY rev_timestamp DESC, rev_id DESC LIMIT 50

-- query: who edited a page how often
-- mariadb:
SELECT actor_name, count(*) AS edits, sum(rev_minor_edit), min(rev_timestamp), max(rev_timestamp)
FROM page JOIN revision ON rev_page = page_id JOIN actor_revision ON actor_id = rev_actor
WHERE page_namespace = 0 AND page_title = {busy_page} AND rev_deleted & 4 = 0 GROUP BY actor_id, actor_name ORDER BY edits DESC, actor_name LIMIT 50
-- postgres:
SELECT actor_name, edits, minor, first, last FROM (
	SELECT rev_actor, count(*) AS edits, sum(rev_minor_edit::int) AS minor, min(rev_timestamp) AS first, max(rev_timestamp) AS last FROM revision
	WHERE rev_page = (SELECT page_id FROM page WHERE page_namespace = 0 AND page_title = {busy_page}) GROUP BY rev_actor) AS who JOIN actor ON actor_id = rev_actor
ORDER BY edits DESC, actor_name LIMIT 50

-- query: most edited articles of a month
-- mariadb:
SELECT page_title, count(*) AS edits, count(DISTINCT IF(rev_deleted & 4, NULL, rev_actor)) AS people FROM revision JOIN page ON page_id = rev_page
WHERE rev_timestamp >= '20251201000000' AND page_namespace = 0 GROUP BY page_id, page_title ORDER BY edits DESC, page_title LIMIT 25
-- postgres:
SELECT page_title, edits, people FROM (SELECT rev_page, count(*) AS edits, count(DISTINCT rev_actor) AS people FROM revision
	WHERE rev_timestamp >= '2025-12-01' GROUP BY rev_page) AS edited JOIN page ON page_id = rev_page
WHERE page_namespace = 0 ORDER BY edits DESC, page_title LIMIT 25

-- query: orphans
-- mariadb:
SELECT page_title FROM page WHERE page_namespace = 0 AND page_is_redirect = 0 AND NOT EXISTS (
	SELECT 1 FROM linktarget JOIN pagelinks ON pl_target_id = lt_id WHERE lt_namespace = 0 AND lt_title = page_title AND pl_from_namespace = 0)
ORDER BY page_title
-- postgres:
SELECT page_title FROM page WHERE page_namespace = 0 AND NOT page_is_redirect AND page_title NOT IN (
	SELECT lt_title FROM linktarget WHERE lt_namespace = 0 AND lt_id IN (SELECT DISTINCT pl_target_id FROM pagelinks WHERE pl_from_namespace = 0 OFFSET 0))
ORDER BY page_title

-- query: titles that begin so
-- mariadb:
SELECT page_id, page_title, page_len FROM page WHERE page_namespace = 0 AND page_title LIKE concat({prefix}, '%') ORDER BY page_title LIMIT 500
-- postgres:
SELECT page_id, page_title, page_len FROM page WHERE page_namespace = 0 AND page_title ^@ {prefix} ORDER BY page_title LIMIT 500

-- query: titles that contain a word
-- mariadb:
SELECT page_namespace, page_title FROM page WHERE page_title LIKE '%footballer%' ORDER BY page_namespace, page_title
-- postgres:
SELECT page_namespace, page_title FROM page WHERE page_title OPERATOR(mysql_compat.~~) '%footballer%' ORDER BY page_namespace, page_title

-- query: shortest articles
-- mariadb:
SELECT page_title, page_len FROM page WHERE page_namespace = 0 AND page_is_redirect = 0 ORDER BY page_len, page_title LIMIT 100
-- postgres:
SELECT page_title, page_len FROM page WHERE page_namespace = 0 AND NOT page_is_redirect ORDER BY page_len, page_title LIMIT 100

-- query: double redirects
-- mariadb:
SELECT a.page_title, b.page_title, r2.rd_title FROM redirect r1 JOIN page a ON a.page_id = r1.rd_from
	JOIN page b ON b.page_namespace = r1.rd_namespace AND b.page_title = r1.rd_title JOIN redirect r2 ON r2.rd_from = b.page_id
WHERE r1.rd_interwiki = '' ORDER BY a.page_title, b.page_title
-- postgres:
SELECT a.page_title, b.page_title, r2.rd_title FROM redirect r1 JOIN page a ON a.page_id = r1.rd_from
	JOIN page b ON b.page_namespace = r1.rd_namespace AND b.page_title = r1.rd_title JOIN redirect r2 ON r2.rd_from = b.page_id
WHERE r1.rd_interwiki = '' ORDER BY a.page_title, b.page_title

-- query: articles that nobody has edited for longest
-- mariadb:
SELECT page_title, rev_timestamp FROM page JOIN revision ON rev_id = page_latest
WHERE page_namespace = 0 AND page_is_redirect = 0 ORDER BY rev_timestamp, page_title LIMIT 100
-- postgres:
SELECT page_title, rev_timestamp FROM page JOIN revision ON rev_id = page_latest
WHERE page_namespace = 0 AND NOT page_is_redirect ORDER BY rev_timestamp, page_title LIMIT 100
