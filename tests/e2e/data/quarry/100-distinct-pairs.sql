SELECT COUNT(DISTINCT rev_page, rev_actor) FROM revision;
