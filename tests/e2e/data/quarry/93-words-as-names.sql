SELECT DATE(rev_timestamp) AS `date`, COUNT(*) AS `count` FROM revision WHERE rev_timestamp > '20251220' GROUP BY `date` ORDER BY `date` DESC;
