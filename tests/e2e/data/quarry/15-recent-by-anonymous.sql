SELECT rc_timestamp, rc_title, actor_name, rc_new_len - rc_old_len AS diff
FROM recentchanges
JOIN actor ON rc_actor = actor_id
WHERE actor_user IS NULL AND rc_bot = 0 AND rc_namespace = 0 AND rc_type IN (0, 1)
ORDER BY rc_timestamp DESC, rc_id DESC
LIMIT 30;
