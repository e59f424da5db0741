SELECT page_title, pp_value FROM page JOIN page_props ON page_id=pp_page AND pp_propname='defaultsort' WHERE BINARY page_title <> pp_value ORDER BY page_title LIMIT 10;
