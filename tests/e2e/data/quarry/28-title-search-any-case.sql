SELECT page_namespace, page_title
FROM page
WHERE CONVERT(page_title USING utf8mb4) LIKE '%an%OF%'
ORDER BY page_namespace, page_title;
