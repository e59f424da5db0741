SELECT DATE_FORMAT(rev_timestamp, '%Y-%m') AS month, COUNT(*) AS edits
FROM revision
WHERE rev_timestamp >= '20240101000000'
GROUP BY month
ORDER BY month;
