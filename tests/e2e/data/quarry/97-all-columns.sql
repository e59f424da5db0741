SELECT * FROM user_groups WHERE ug_expiry IS NOT NULL ORDER BY ug_user, ug_group LIMIT 10;
