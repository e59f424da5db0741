SELECT page_title, COUNT(ll_lang) AS langs, GROUP_CONCAT(ll_lang ORDER BY ll_lang) AS codes
FROM page JOIN langlinks ON ll_from = page_id
WHERE page_namespace = 0
GROUP BY page_title
HAVING langs >= 5
ORDER BY langs DESC, page_title;
