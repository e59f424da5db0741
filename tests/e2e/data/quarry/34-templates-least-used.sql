SELECT t.page_title, COUNT(*) AS uses, MIN(user.page_title) AS used_by
FROM page t
JOIN (linktarget JOIN templatelinks ON tl_target_id = lt_id) ON lt_namespace = 10 AND lt_title = t.page_title
JOIN page `user` ON user.page_id = tl_from
WHERE t.page_namespace = 10 AND t.page_is_redirect = 0
GROUP BY t.page_id
ORDER BY uses, t.page_title
LIMIT 3;
