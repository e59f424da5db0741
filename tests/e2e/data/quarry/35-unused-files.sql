SELECT img_name, img_size, img_timestamp
FROM image
WHERE NOT EXISTS (SELECT 1 FROM imagelinks JOIN linktarget ON lt_id = il_target_id WHERE lt_namespace = 6 AND lt_title = img_name)
ORDER BY img_size DESC, img_name
LIMIT 30;
