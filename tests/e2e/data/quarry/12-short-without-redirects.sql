SELECT CONCAT("* [[", page_title, "]] - ", page_len, " bytes") AS line
FROM page
WHERE page_namespace = 0 AND page_is_redirect = 0 AND page_len < 500
ORDER BY page_len, page_title;
