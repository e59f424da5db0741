SELECT page_title, pp_value, CAST(SUBSTRING(pp_value, 2) AS UNSIGNED) AS number
FROM page_props JOIN page ON page_id = pp_page
WHERE pp_propname = 'wikibase_item' AND page_namespace = 0
ORDER BY number DESC
LIMIT 10;
