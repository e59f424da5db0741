SELECT page_title FROM page WHERE page_title LIKE 'List\_of\_%' AND page_namespace = 0 ORDER BY page_title;
