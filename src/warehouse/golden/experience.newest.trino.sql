select max(local_day) as newest_day from daily
