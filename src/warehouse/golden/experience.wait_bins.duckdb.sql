    select cast(date_trunc('week', b.local_day) as date) as week, b.bin as bin,
      cast(sum(b.n) as bigint) as n
    from daily_bins b
    where b.metric = 'wait' and b.local_day between cast(? as date) and cast(? as date)
    group by 1, 2
    order by 1, 2
