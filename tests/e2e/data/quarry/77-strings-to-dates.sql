SELECT STR_TO_DATE(rev_timestamp, '%Y%m%d%H%i%s') AS t FROM revision ORDER BY rev_id LIMIT 5;
