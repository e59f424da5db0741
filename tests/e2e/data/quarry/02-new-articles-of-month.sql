-- Articles made in a month
SELECT page_title, actor_name, rev_timestamp, rev_len
FROM revision
JOIN page ON rev_page = page_id
JOIN actor ON actor_id = rev_actor
WHERE rev_parent_id = 0
  AND page_namespace = 0
  AND page_is_redirect = 0
  AND rev_timestamp BETWEEN '20251001000000' AND '20251031235959'
ORDER BY rev_timestamp, rev_id;
