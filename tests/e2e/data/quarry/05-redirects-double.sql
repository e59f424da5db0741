-- Redirects to redirects
SELECT p1.page_title AS redirect, p2.page_title AS leads_to, r2.rd_title AS then_to
FROM redirect r1
JOIN page p1 ON p1.page_id = r1.rd_from
JOIN page p2 ON p2.page_namespace = r1.rd_namespace AND p2.page_title = r1.rd_title AND p2.page_is_redirect = 1
JOIN redirect r2 ON r2.rd_from = p2.page_id
WHERE (r1.rd_interwiki IS NULL OR r1.rd_interwiki = '')
ORDER BY 1;
