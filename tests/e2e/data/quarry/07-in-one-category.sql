-- Articles that are in no more than one category
SELECT page_title, COUNT(cl_from) AS cats
FROM page
LEFT JOIN categorylinks ON cl_from = page_id
WHERE page_namespace = 0 AND page_is_redirect = 0
GROUP BY page_id
HAVING cats <= 1
ORDER BY page_title, page_id
LIMIT 200;
