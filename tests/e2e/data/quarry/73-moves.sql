SELECT log_id, log_params FROM logging WHERE log_type='move' AND log_params LIKE '%"4::target"%' ORDER BY log_id DESC LIMIT 5;
