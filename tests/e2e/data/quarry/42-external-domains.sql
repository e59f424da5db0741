SELECT el_to_domain_index, COUNT(*) AS links, COUNT(DISTINCT el_from) AS pages
FROM externallinks
GROUP BY el_to_domain_index
ORDER BY links DESC;
