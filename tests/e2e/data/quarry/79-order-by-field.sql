SELECT page_id, page_title FROM page WHERE page_title IN ('{busy_page}', "{page}", '{linked}') AND page_namespace = 0 ORDER BY FIELD(page_title, '{linked}', '{page}', '{busy_page}');
