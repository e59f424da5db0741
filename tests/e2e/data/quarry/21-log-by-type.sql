SELECT log_type, log_action, COUNT(*) AS n, MIN(log_timestamp) AS first, MAX(log_timestamp) AS last
FROM logging
GROUP BY log_type, log_action
ORDER BY n DESC, log_type, log_action;
