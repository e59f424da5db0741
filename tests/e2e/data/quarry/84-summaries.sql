SELECT comment_text, COUNT(*) AS n FROM revision JOIN comment ON comment_id=rev_comment_id WHERE comment_text != '' GROUP BY comment_text ORDER BY n DESC, comment_text LIMIT 10;
