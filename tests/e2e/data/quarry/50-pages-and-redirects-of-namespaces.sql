SELECT page_namespace AS ns,
  COUNT(*) AS pages,
  SUM(page_is_redirect = 1) AS redirects,
  SUM(CASE WHEN page_is_redirect THEN 0 ELSE page_len END) AS bytes,
  CASE page_namespace WHEN 0 THEN 'article' WHEN 1 THEN 'talk' ELSE IF(page_namespace % 2, 'other talk', 'other') END AS kind,
  MAX(page_is_new) AS has_new
FROM page
GROUP BY page_namespace
UNION
SELECT -1, COUNT(*), 0, SUM(page_len), 'all', 1 FROM page
ORDER BY ns;
