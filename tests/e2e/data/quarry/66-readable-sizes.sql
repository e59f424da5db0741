SELECT img_name, CASE WHEN img_size > 1024*1024 THEN CONCAT(ROUND(img_size/1024/1024, 1), ' MB') ELSE CONCAT(ROUND(img_size/1024), ' KB') END size FROM image ORDER BY img_name LIMIT 15;
