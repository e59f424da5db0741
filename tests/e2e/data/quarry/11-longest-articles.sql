SELECT page_title, page_len FROM page WHERE page_namespace = 0 ORDER BY page_len DESC, page_title LIMIT 10, 20;
