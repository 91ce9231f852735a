    with by_day as (
      select d.local_day as local_day, d.metric as metric, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
      from daily d
      where d.local_day between cast(? as date) and cast(? as date) and d.metric in (?, ?)
      group by d.local_day, d.metric)
    select cast(date_trunc('week', d.local_day) as date) as week, d.metric as metric, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
    from by_day d
    group by 1, 2
    order by 2, 1
