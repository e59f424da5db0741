SELECT rc_title, rc_timestamp, IF(rc_new, 'new', IF(rc_minor, 'minor', 'edit')) AS kind FROM recentchanges WHERE rc_namespace = 0 AND rc_type < 3 ORDER BY rc_id LIMIT 20;
