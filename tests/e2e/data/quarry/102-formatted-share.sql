SELECT ll_lang, COUNT(*) AS n, FORMAT(COUNT(*) / (SELECT COUNT(*) FROM page WHERE page_namespace = 0) * 100, 1) AS share FROM langlinks GROUP BY ll_lang ORDER BY n DESC, ll_lang LIMIT 8;
