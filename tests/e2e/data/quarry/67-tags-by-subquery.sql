SELECT r.rev_id, (SELECT COUNT(*) FROM change_tag WHERE ct_rev_id = r.rev_id) AS tags FROM revision r WHERE r.rev_deleted & 1 = 0 AND r.rev_minor_edit = 1 ORDER BY tags DESC, r.rev_id LIMIT 10;
