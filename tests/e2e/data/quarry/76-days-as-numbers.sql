SELECT UNIX_TIMESTAMP(rc_timestamp) DIV 86400 AS day, COUNT(*) FROM recentchanges GROUP BY day ORDER BY day;
