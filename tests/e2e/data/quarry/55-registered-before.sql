SELECT user_name, DATE_FORMAT(user_registration, "%d %M %Y") AS registered, user_editcount FROM user WHERE user_editcount > 100 AND user_registration < "2020" ORDER BY user_editcount DESC, user_name;
