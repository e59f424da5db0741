SELECT YEAR(rev_timestamp) AS y, SUM(rev_len - IFNULL((SELECT p.rev_len FROM revision p WHERE p.rev_id = r.rev_parent_id), 0)) AS bytes FROM revision r WHERE rev_parent_id > 0 GROUP BY y ORDER BY y;
