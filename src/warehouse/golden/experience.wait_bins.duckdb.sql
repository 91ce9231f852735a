    with by_day as (
      select b.local_day as local_day, b.bin as bin, cast(sum(b.n) as bigint) as n
      from daily_bins b
      where b.metric = 'wait' and b.local_day between cast(? as date) and cast(? as date) and (b.local_day between cast(? as date) and cast(? as date) or b.local_day between cast(? as date) and cast(? as date) or b.local_day between cast(? as date) and cast(? as date))
      group by b.local_day, b.bin)
    select case when b.local_day between cast(? as date) and cast(? as date) then cast(date_trunc('week', b.local_day) as date) end as week, b.local_day between cast(? as date) and cast(? as date) as now,
      b.local_day between cast(? as date) and cast(? as date) as before, b.bin as bin, cast(sum(b.n) as bigint) as n
    from by_day b
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
