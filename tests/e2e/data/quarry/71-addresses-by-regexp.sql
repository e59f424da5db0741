SELECT actor_name FROM actor WHERE actor_user IS NULL AND actor_name REGEXP '^[0-9]{1,3}\\.[0-9]{1,3}\\.' ORDER BY actor_name LIMIT 10;
