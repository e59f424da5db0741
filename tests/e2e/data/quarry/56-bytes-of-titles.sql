SELECT page_title FROM page WHERE page_namespace=0 AND LENGTH(page_title) > 25 ORDER BY LENGTH(page_title) DESC, page_title LIMIT 10;
