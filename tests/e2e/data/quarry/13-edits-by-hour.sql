SELECT SUBSTRING(rev_timestamp, 9, 2) AS hour, COUNT(*) AS n
FROM revision
GROUP BY hour
ORDER BY hour;
