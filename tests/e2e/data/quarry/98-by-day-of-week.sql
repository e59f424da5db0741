SELECT DAYOFWEEK(rc_timestamp) AS dow, rc_bot, COUNT(*) FROM recentchanges GROUP BY dow, rc_bot ORDER BY dow, rc_bot;
