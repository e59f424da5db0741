SELECT CONCAT('# [[:{{ns:', page_namespace, '}}:', page_title, ']]') FROM page WHERE page_is_redirect AND page_namespace=0 ORDER BY page_id LIMIT 20;
