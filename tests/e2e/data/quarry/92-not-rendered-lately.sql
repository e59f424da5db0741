SELECT page_namespace ns, page_title FROM page WHERE page_touched < NOW() - INTERVAL 3 MONTH AND page_namespace = 10 ORDER BY page_touched, page_id LIMIT 5;
