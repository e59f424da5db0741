SELECT lt_namespace, lt_title, COUNT(*) AS wanted
FROM pagelinks
JOIN linktarget ON pl_target_id = lt_id
LEFT JOIN page ON page_namespace = lt_namespace AND page_title = lt_title
WHERE page_id IS NULL
GROUP BY lt_namespace, lt_title
HAVING wanted > 1
ORDER BY wanted DESC, lt_namespace, lt_title
LIMIT 50;
