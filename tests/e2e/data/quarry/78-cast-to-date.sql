SELECT CAST(LEFT(rev_timestamp, 8) AS DATE) AS d, COUNT(*) AS c FROM revision WHERE rev_timestamp LIKE '202512%' GROUP BY d ORDER BY d;
