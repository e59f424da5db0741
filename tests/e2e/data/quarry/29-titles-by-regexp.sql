SELECT page_title
FROM page
WHERE page_namespace = 0
  AND page_title REGEXP '^[A-M][a-z]+_\\((film|album)\\)$'
ORDER BY page_title;
