select local_day as newest_day from daily d
       order by local_day desc limit 1
