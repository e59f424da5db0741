SELECT rev_id, GROUP_CONCAT(DISTINCT ctd_name ORDER BY ctd_name SEPARATOR '|') AS tags
FROM revision
JOIN change_tag ON ct_rev_id = rev_id
JOIN change_tag_def ON ctd_id = ct_tag_id
WHERE rev_page = (SELECT page_id FROM page WHERE page_namespace = 0 AND page_title = '{busy_page}')
GROUP BY rev_id
ORDER BY rev_id DESC
LIMIT 40;
