SELECT page_namespace, page_title, pr_type, pr_level, pr_expiry
FROM page_restrictions JOIN page ON page_id = pr_page
WHERE pr_level = 'sysop' && pr_expiry > NOW() + 0
ORDER BY page_title, pr_type;
