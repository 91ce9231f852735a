select local_day as newest_day from daily d
      where local_day >= cast(? as date) order by local_day desc limit 1
