SELECT page_len DIV 1000 AS kb, COUNT(*) FROM page WHERE page_namespace = 0 GROUP BY kb ORDER BY kb;
