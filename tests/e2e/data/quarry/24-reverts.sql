SELECT ctd_name, COUNT(DISTINCT ct_rev_id) AS revisions
FROM change_tag
JOIN change_tag_def ON ctd_id = ct_tag_id
WHERE ctd_name IN ('mw-undo', 'mw-rollback', 'mw-manual-revert', 'mw-reverted')
GROUP BY ctd_name
ORDER BY revisions DESC, ctd_name;
