# Last edits of a user, with page and summary
SELECT rev_id, rev_timestamp, page_namespace, page_title, comment_text, rev_minor_edit
FROM revision_userindex
JOIN actor_revision ON actor_id = rev_actor
JOIN page ON page_id = rev_page
JOIN comment_revision ON comment_id = rev_comment_id
WHERE actor_name = '{user}'
ORDER BY rev_timestamp DESC, rev_id DESC
LIMIT 50;
