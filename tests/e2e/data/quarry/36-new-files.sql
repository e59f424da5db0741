SELECT img_name, actor_name, img_timestamp, CONCAT(img_width, '×', img_height) AS pixels
FROM image JOIN actor ON actor_id = img_actor
WHERE img_timestamp > DATE_FORMAT(NOW() - INTERVAL 15 YEAR, '%Y%m%d%H%i%s')
ORDER BY img_timestamp DESC, img_name
LIMIT 20;
