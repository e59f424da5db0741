SELECT page_title, rev_timestamp, TIMESTAMPDIFF(MONTH, rev_timestamp, '2026-01-01') AS months
FROM page JOIN revision ON rev_id = page_latest
WHERE page_namespace = 0 AND page_is_redirect = 0 AND rev_timestamp < '2018' AND page_len < 1000
ORDER BY rev_timestamp, page_id;
