SELECT INET_ATON(actor_name) FROM actor WHERE actor_user IS NULL AND actor_name LIKE '%.%' ORDER BY 1 LIMIT 5;
