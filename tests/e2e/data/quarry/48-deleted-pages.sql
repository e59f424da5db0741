SELECT ar_namespace, ar_title, COUNT(*) AS revs, MAX(ar_timestamp) AS last
FROM archive
GROUP BY ar_namespace, ar_title
ORDER BY revs DESC, ar_title
LIMIT 20;
