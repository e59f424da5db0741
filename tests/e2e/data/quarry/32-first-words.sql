SELECT SUBSTRING_INDEX(page_title, '_', 1) AS word, COUNT(*) AS pages
FROM page
WHERE page_namespace = 0 AND page_title LIKE '%\_%'
GROUP BY word
HAVING COUNT(*) > 1
ORDER BY pages DESC, word;
