SELECT page_title
FROM page
JOIN langlinks fr ON fr.ll_from = page_id AND fr.ll_lang = 'fr'
LEFT JOIN langlinks de ON de.ll_from = page_id AND de.ll_lang = "de"
WHERE de.ll_from IS NULL
ORDER BY page_title
LIMIT 5, 30;
