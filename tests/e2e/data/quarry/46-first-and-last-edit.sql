SELECT actor_name, FROM_UNIXTIME(UNIX_TIMESTAMP(MIN(rev_timestamp))) AS first, MAX(rev_timestamp) AS last,
  FLOOR((UNIX_TIMESTAMP(MAX(rev_timestamp)) - UNIX_TIMESTAMP(MIN(rev_timestamp))) / 86400) AS days
FROM revision JOIN actor ON actor_id = rev_actor
WHERE actor_user IS NOT NULL
GROUP BY actor_name
HAVING days > 1000
ORDER BY days DESC, actor_name
LIMIT 20;
