SELECT page_title, SUBSTRING(page_title, LOCATE('(', page_title) + 1) AS behind
FROM page
WHERE page_title RLIKE '[!?]$' OR page_title LIKE '%\_(%'
ORDER BY page_title, page_namespace;
