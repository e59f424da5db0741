SELECT DATE_ADD(DATE(rev_timestamp), INTERVAL -WEEKDAY(rev_timestamp) DAY) AS monday, COUNT(*) FROM revision WHERE rev_timestamp > '202511' GROUP BY monday ORDER BY monday;
