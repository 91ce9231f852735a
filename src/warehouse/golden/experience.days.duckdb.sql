    select d.local_day as local_day, d.metric as metric, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
    from daily d
    where d.local_day between cast(? as date) and cast(? as date) and (d.local_day between cast(? as date) and cast(? as date) or d.local_day between cast(? as date) and cast(? as date) or d.local_day between cast(? as date) and cast(? as date)) and d.metric in (?, ?) and d.channel = ?
    group by d.local_day, d.metric
    order by d.metric, d.local_day
