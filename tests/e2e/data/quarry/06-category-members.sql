SELECT page_title, cl_type, cl_sortkey_prefix
FROM categorylinks
JOIN linktarget ON cl_target_id = lt_id
JOIN page ON page_id = cl_from
WHERE lt_namespace = 14 AND lt_title = "{big_category}"
ORDER BY page_namespace, page_title
LIMIT 0, 100;
