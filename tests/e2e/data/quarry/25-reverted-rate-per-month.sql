SELECT SUBSTR(rev_timestamp, 1, 6) AS month,
  COUNT(*) AS edits,
  COUNT(ct_id) AS reverted,
  COUNT(ct_id) / COUNT(*) AS rate
FROM revision
LEFT JOIN change_tag ON ct_rev_id = rev_id AND ct_tag_id = (SELECT ctd_id FROM change_tag_def WHERE ctd_name = 'mw-reverted')
WHERE rev_timestamp > 20250000000000
GROUP BY 1
ORDER BY 1;
