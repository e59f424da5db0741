SELECT ROUND(AVG(page_len)) AS avg_len, MAX(page_len) max_len, MIN(page_len) AS min_len, STD(page_len) > 10 AS spread FROM page WHERE page_is_redirect=0;
