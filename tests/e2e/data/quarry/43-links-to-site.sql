SELECT page_title, CONCAT(el_to_domain_index, el_to_path) AS url
FROM externallinks, page
WHERE page_id = el_from AND el_to_domain_index LIKE 'https://org.doi.%' AND page_namespace = 0
ORDER BY page_title, url
LIMIT 40;
