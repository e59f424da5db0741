-- Who edits the same pages as a user
SELECT a2.actor_name, COUNT(DISTINCT r1.rev_page) AS pages
FROM revision_userindex r1
JOIN actor a1 ON a1.actor_id = r1.rev_actor
JOIN revision r2 ON r2.rev_page = r1.rev_page AND r2.rev_actor <> r1.rev_actor
JOIN actor a2 ON a2.actor_id = r2.rev_actor
WHERE a1.actor_name = '{busy_user}' AND a2.actor_user > 0
GROUP BY a2.actor_id, a2.actor_name
HAVING COUNT(DISTINCT r1.rev_page) > 2
ORDER BY pages DESC, a2.actor_name
LIMIT 25;
