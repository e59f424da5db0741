SELECT YEAR(rev_timestamp) y, MONTH(rev_timestamp) m, COUNT(*) FROM revision WHERE YEAR(rev_timestamp) IN (2024, 2025) GROUP BY YEAR(rev_timestamp), MONTH(rev_timestamp) ORDER BY y, m;
