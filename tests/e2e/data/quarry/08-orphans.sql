-- Articles to which no article links
SELECT page_title, page_len
FROM page p
WHERE p.page_namespace = 0
  AND NOT p.page_is_redirect
  AND NOT EXISTS (
    SELECT 1 FROM pagelinks
    JOIN linktarget ON lt_id = pl_target_id
    WHERE lt_namespace = 0 AND lt_title = p.page_title AND pl_from_namespace = 0 AND pl_from <> p.page_id)
ORDER BY page_len DESC, page_title
LIMIT 100;
