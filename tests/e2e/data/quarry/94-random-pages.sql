SELECT page_title, page_random FROM page WHERE page_namespace=0 AND page_random >= 0.5 ORDER BY page_random LIMIT 3;
