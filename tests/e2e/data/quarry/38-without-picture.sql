SELECT page_title
FROM page
LEFT JOIN page_props ON pp_page = page_id AND pp_propname = 'page_image_free'
WHERE page_namespace = 0 AND page_is_redirect = 0 AND pp_value IS NULL AND page_len > 2000
ORDER BY page_len DESC, page_id
LIMIT 20;
