SELECT page_title AS Title, page_len AS `Length in bytes` FROM page WHERE page_namespace=10 ORDER BY `Length in bytes` DESC, Title LIMIT 10;
