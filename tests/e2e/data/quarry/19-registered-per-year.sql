SELECT YEAR(user_registration) AS year, COUNT(*) AS users, SUM(IF(user_editcount > 0, 1, 0)) AS who_edited,
  ROUND(100 * SUM(user_editcount > 0) / COUNT(*), 1) AS percent
FROM user
WHERE user_registration IS NOT NULL
GROUP BY YEAR(user_registration)
ORDER BY year;
