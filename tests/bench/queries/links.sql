-- Links, categories, templates. The mirror has links by target in all of them, as MediaWiki since 1.45; the source, a 1.43, has titles in categorylinks and imagelinks.

-- query: members of a category
-- mariadb:
SELECT page_id, page_namespace, page_title, cl_sortkey_prefix, cl_timestamp FROM categorylinks JOIN page ON page_id = cl_from
WHERE cl_to = {big_category} AND cl_type = 'page' ORDER BY cl_sortkey, cl_from LIMIT 200
-- postgres:
SELECT page_id, page_namespace, page_title, cl_sortkey_prefix, cl_timestamp FROM (
	SELECT member.* FROM linktarget CROSS JOIN LATERAL (SELECT cl_from, cl_sortkey, cl_sortkey_prefix, cl_timestamp FROM categorylinks
		WHERE cl_target_id = lt_id AND cl_type = 'page' ORDER BY cl_sortkey, cl_from LIMIT 200) AS member
	WHERE lt_namespace = 14 AND lt_title = {big_category} ORDER BY cl_sortkey, cl_from LIMIT 200) AS member JOIN page ON page_id = cl_from ORDER BY cl_sortkey, cl_from

-- query: articles below a category, three levels deep
-- mariadb:
WITH RECURSIVE tree (title, depth) AS (
	SELECT CAST({category} AS CHAR(255)), 0
	UNION
	SELECT page_title, depth + 1 FROM tree JOIN categorylinks ON cl_to = title AND cl_type = 'subcat' JOIN page ON page_id = cl_from AND page_namespace = 14 WHERE depth < 3)
SELECT count(DISTINCT cl_from) FROM (SELECT DISTINCT title FROM tree) AS t JOIN categorylinks ON cl_to = title AND cl_type = 'page'
-- postgres:
WITH RECURSIVE tree (title, depth) AS (
	SELECT {category} COLLATE "C", 0
	UNION
	SELECT page_title, depth + 1 FROM tree JOIN linktarget ON lt_namespace = 14 AND lt_title = title
		JOIN categorylinks ON cl_target_id = lt_id AND cl_type = 'subcat' JOIN page ON page_id = cl_from AND page_namespace = 14 WHERE depth < 3)
SELECT count(DISTINCT cl_from) FROM (SELECT DISTINCT title FROM tree) AS t JOIN linktarget ON lt_namespace = 14 AND lt_title = title
	JOIN categorylinks ON cl_target_id = lt_id AND cl_type = 'page'

-- query: unillustrated articles of a category
-- mariadb:
SELECT page_title FROM categorylinks JOIN page ON page_id = cl_from
WHERE cl_to = {big_category} AND cl_type = 'page' AND page_namespace = 0 AND NOT EXISTS (SELECT 1 FROM imagelinks WHERE il_from = page_id)
	AND NOT EXISTS (SELECT 1 FROM page_props WHERE pp_page = page_id AND pp_propname = 'page_image_free') ORDER BY page_title
-- postgres:
SELECT page_title FROM (
	SELECT cl_from FROM linktarget JOIN categorylinks ON cl_target_id = lt_id WHERE lt_namespace = 14 AND lt_title = {big_category} AND cl_type = 'page'
		AND NOT EXISTS (SELECT 1 FROM imagelinks WHERE il_from = cl_from)
		AND cl_from NOT IN (SELECT pp_page FROM page_props WHERE pp_propname = 'page_image_free') OFFSET 0) AS member JOIN page ON page_id = cl_from
WHERE page_namespace = 0 ORDER BY page_title

-- query: what links here
-- mariadb:
SELECT page_namespace, page_title, page_is_redirect FROM pagelinks JOIN linktarget ON lt_id = pl_target_id JOIN page ON page_id = pl_from
WHERE lt_namespace = 0 AND lt_title = {linked} ORDER BY page_id LIMIT 500
-- postgres:
SELECT page_namespace, page_title, page_is_redirect FROM linktarget CROSS JOIN LATERAL (
	SELECT pl_from FROM pagelinks WHERE pl_target_id = lt_id ORDER BY pl_from LIMIT 500) AS link JOIN page ON page_id = pl_from
WHERE lt_namespace = 0 AND lt_title = {linked} ORDER BY page_id LIMIT 500

-- query: most wanted articles
-- mariadb:
SELECT lt_title, count(*) AS links FROM pagelinks JOIN linktarget ON lt_id = pl_target_id
	LEFT JOIN page ON page_namespace = lt_namespace AND page_title = lt_title
WHERE lt_namespace = 0 AND pl_from_namespace = 0 AND page_id IS NULL GROUP BY lt_id, lt_title ORDER BY links DESC, lt_title LIMIT 50
-- postgres:
SELECT lt_title, links FROM (SELECT pl_target_id, count(*) AS links FROM pagelinks WHERE pl_from_namespace = 0 GROUP BY pl_target_id ORDER BY links DESC OFFSET 0) AS linked
	JOIN linktarget ON lt_id = pl_target_id
WHERE lt_namespace = 0 AND NOT EXISTS (SELECT 1 FROM page WHERE page_namespace = 0 AND page_title = lt_title) ORDER BY links DESC, lt_title LIMIT 50

-- query: pages that use a template, by namespace
-- mariadb:
SELECT tl_from_namespace, count(*) FROM templatelinks JOIN linktarget ON lt_id = tl_target_id
WHERE lt_namespace = 10 AND lt_title = {template} GROUP BY tl_from_namespace
-- postgres:
SELECT tl_from_namespace, count(*) FROM templatelinks JOIN linktarget ON lt_id = tl_target_id
WHERE lt_namespace = 10 AND lt_title = {template} GROUP BY tl_from_namespace

-- query: sites that are linked to most
-- mariadb:
SELECT el_to_domain_index, count(*) AS links, count(DISTINCT el_from) FROM externallinks JOIN page ON page_id = el_from
WHERE page_namespace = 0 GROUP BY el_to_domain_index ORDER BY links DESC, el_to_domain_index LIMIT 50
-- postgres:
SELECT el_to_domain_index, count(*) AS links, count(DISTINCT el_from) FROM externallinks JOIN page ON page_id = el_from
WHERE page_namespace = 0 GROUP BY el_to_domain_index ORDER BY links DESC, el_to_domain_index LIMIT 50

-- query: unused files
-- mariadb:
SELECT img_name, img_size FROM image WHERE NOT EXISTS (SELECT 1 FROM imagelinks WHERE il_to = img_name) ORDER BY img_size DESC, img_name LIMIT 100
-- postgres:
SELECT img_name, img_size FROM image WHERE NOT EXISTS (
	SELECT FROM linktarget JOIN imagelinks ON il_target_id = lt_id WHERE lt_namespace = 6 AND lt_title = img_name)
ORDER BY img_size DESC, img_name LIMIT 100
