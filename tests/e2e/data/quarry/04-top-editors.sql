USE {wiki}_p;
SELECT actor_name, COUNT(*) AS edits, SUM(rev_minor_edit) AS minor
FROM revision JOIN actor ON rev_actor = actor_id
WHERE LEFT(rev_timestamp, 4) = '2025'
  AND actor_user IS NOT NULL
GROUP BY actor_id
ORDER BY edits DESC, actor_name
LIMIT 20;
