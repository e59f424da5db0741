SELECT IF(bl_expiry = 'infinity', 'forever', CONCAT(DATEDIFF(bl_expiry, bl_timestamp), ' days')) AS length, COUNT(*) AS n
FROM block
GROUP BY length
ORDER BY n DESC, length
LIMIT 12;
