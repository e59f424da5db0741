WITH months AS (
  SELECT LEFT(rev_timestamp, 6) AS month, SUM(rev_parent_id = 0) AS made
  FROM revision JOIN page ON page_id = rev_page
  WHERE page_namespace = 0
  GROUP BY LEFT(rev_timestamp, 6)
)
SELECT month, made, SUM(made) OVER (ORDER BY month) AS total
FROM months
ORDER BY month DESC
LIMIT 24;
