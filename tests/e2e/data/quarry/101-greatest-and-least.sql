SELECT GREATEST(rc_new_len, rc_old_len) AS g, LEAST(IFNULL(rc_old_len, 0), 5) FROM recentchanges WHERE rc_type < 2 ORDER BY rc_id LIMIT 5;
