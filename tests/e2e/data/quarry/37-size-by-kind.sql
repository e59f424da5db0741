SELECT img_media_type, img_minor_mime, COUNT(*) AS files, ROUND(SUM(img_size) / 1024 / 1024, 2) AS mib, AVG(img_size) AS average
FROM image
GROUP BY img_media_type, img_minor_mime WITH ROLLUP;
