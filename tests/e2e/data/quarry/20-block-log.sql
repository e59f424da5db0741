SELECT log_timestamp, log_action, actor_name, log_title, comment_text
FROM logging_logindex
LEFT JOIN actor_logging ON actor_id = log_actor
LEFT JOIN comment_logging ON comment_id = log_comment_id
WHERE log_type = 'block'
ORDER BY log_timestamp DESC, log_id DESC
LIMIT 25;
