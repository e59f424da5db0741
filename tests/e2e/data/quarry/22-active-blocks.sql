SELECT bt_user_text, bt_address, bl_timestamp, bl_expiry
FROM block
JOIN block_target ON bt_id = bl_target
WHERE bl_expiry = 'infinity'
ORDER BY bl_timestamp, bl_id;
