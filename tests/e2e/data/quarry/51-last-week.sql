SELECT COUNT(*) FROM recentchanges WHERE rc_timestamp >= DATE_FORMAT(DATE_SUB('2026-01-01', INTERVAL 7 DAY), '%Y%m%d000000') AND rc_bot = 0;
