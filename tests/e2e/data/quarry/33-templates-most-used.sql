SELECT lt_title, COUNT(*) AS uses
FROM templatelinks
JOIN linktarget ON lt_id = tl_target_id
WHERE lt_namespace = 10
GROUP BY tl_target_id
ORDER BY uses DESC, lt_title
LIMIT 15;
