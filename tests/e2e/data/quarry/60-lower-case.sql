SELECT LOWER(CONVERT(page_title USING utf8)) AS t, COUNT(*) c FROM page WHERE page_namespace=0 GROUP BY LOWER(CONVERT(page_title USING utf8)) HAVING c >= 1 ORDER BY 1 LIMIT 40;
