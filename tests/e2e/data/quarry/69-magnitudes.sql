SELECT FLOOR(LOG10(page_len)) AS magnitude, COUNT(*) FROM page WHERE page_len > 0 GROUP BY magnitude ORDER BY magnitude;
