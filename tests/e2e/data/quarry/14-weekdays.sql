SELECT DAYNAME(rev_timestamp) AS day, COUNT(*) AS n, ROUND(COUNT(*) / 52, 1) AS a_week
FROM revision
WHERE rev_timestamp LIKE '2025%'
GROUP BY DAYOFWEEK(rev_timestamp)
ORDER BY DAYOFWEEK(rev_timestamp);
