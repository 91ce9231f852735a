      with days as (
        select cast(date_trunc('month', d.local_day) as date) as period, d.metric as metric,
          d.local_day as local_day, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
        from daily d
        where d.metric in (?, ?)
          and d.local_day >= cast(? as date)
          and d.local_day <= cast(? as date)
          and d.unit_id in (?, ?, ?)
        group by 1, 2, 3)
      select period, metric, cast(sum(n) as bigint) as n, sum(total) as total,
  sum(total_squares) as total_squares, cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses,
  count(*) as days, sum(cast(n as double) * cast(n as double)) as n_n, sum(cast(n as double) * total) as n_total,
  sum(total * total) as total_total
      from days group by period, metric order by period, metric
