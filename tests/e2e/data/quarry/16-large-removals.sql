SELECT rc_this_oldid, rc_title, (CAST(rc_new_len AS SIGNED) - CAST(rc_old_len AS SIGNED)) AS diff
FROM recentchanges
WHERE rc_type = 0 AND CAST(rc_new_len AS SIGNED) - CAST(rc_old_len AS SIGNED) < -300
ORDER BY diff, rc_this_oldid;
