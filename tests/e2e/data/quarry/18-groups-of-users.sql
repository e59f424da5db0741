SELECT user_name, GROUP_CONCAT(ug_group ORDER BY ug_group SEPARATOR ', ') AS `groups`
FROM user JOIN user_groups ON user_id = ug_user
GROUP BY user_id
HAVING COUNT(*) >= 2
ORDER BY user_name;
