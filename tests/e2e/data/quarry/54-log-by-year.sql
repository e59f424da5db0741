SELECT SUBSTR(log_timestamp,1,4) AS y, SUM(log_type='delete') AS dels, SUM(log_type='block') AS blocks, SUM(IF(log_type='move' AND log_action='move',1,0)) moves FROM logging GROUP BY y ORDER BY y;
