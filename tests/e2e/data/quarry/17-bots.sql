SELECT user_name, user_editcount, IFNULL(user_registration, 'never') AS registered
FROM user
JOIN user_groups ON ug_user = user_id
WHERE ug_group = 'bot'
ORDER BY user_editcount DESC, user_name;
