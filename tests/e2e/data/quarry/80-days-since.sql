SELECT user_name, DATEDIFF('2026-01-01', user_registration) AS days FROM user WHERE user_registration IS NOT NULL ORDER BY days DESC, user_id LIMIT 10;
