-- Edits of the same person to the same page within two days
SELECT r2.rev_id, UNIX_TIMESTAMP(r2.rev_timestamp) - UNIX_TIMESTAMP(r1.rev_timestamp) AS seconds
FROM revision r1
JOIN revision r2 ON r2.rev_parent_id = r1.rev_id AND r2.rev_actor = r1.rev_actor
WHERE TIMESTAMPDIFF(MINUTE, r1.rev_timestamp, r2.rev_timestamp) < 2880
ORDER BY seconds, r2.rev_id;
