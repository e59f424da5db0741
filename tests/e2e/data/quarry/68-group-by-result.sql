SELECT COALESCE(ug_group, '(none)') AS grp, COUNT(*) FROM user LEFT JOIN user_groups ON ug_user=user_id GROUP BY grp ORDER BY COUNT(*) DESC, grp;
