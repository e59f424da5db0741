SELECT DISTINCT rev_timestamp FROM revision WHERE rev_page IN (SELECT page_id FROM page WHERE page_namespace = 4) ORDER BY rev_timestamp DESC LIMIT 15;
