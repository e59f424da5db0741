SELECT CONCAT('[[', REPLACE(page_title, '_', ' '), ']]') AS link
FROM pagelinks
JOIN linktarget ON pl_target_id = lt_id
JOIN page ON page_id = pl_from
WHERE lt_namespace = 0 AND lt_title = '{linked}' AND page_namespace = 0
ORDER BY page_title;
