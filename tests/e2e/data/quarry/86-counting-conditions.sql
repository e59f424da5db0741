SELECT COUNT(*) AS total, COUNT(IF(page_is_redirect, 1, NULL)) AS redirects, COUNT(CASE WHEN page_is_redirect = 0 THEN 1 END) AS other FROM page WHERE page_namespace = 0;
