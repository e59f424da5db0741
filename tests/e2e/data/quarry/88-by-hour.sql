SELECT HOUR(rc_timestamp) AS h, AVG(rc_new_len - rc_old_len) AS change_avg FROM recentchanges WHERE rc_type IN (0,1) GROUP BY h HAVING COUNT(*) > 2 ORDER BY h;
