      with by_day as (
        select d.touchpoint_id as group_id, d.metric as metric, case when d.local_day between cast(? as date) and cast(? as date) then 'now' else 'before' end as span, d.local_day as local_day,
          cast(sum(d.n) as bigint) as n, sum(d.total) as total, sum(d.total_squares) as total_squares,
          cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
        from daily d where d.local_day between cast(? as date) and cast(? as date) and (d.local_day between cast(? as date) and cast(? as date) or d.local_day between cast(? as date) and cast(? as date))
          and d.metric in (?, ?)
        group by 1, 2, 3, 4
      )
      select group_id, metric, span, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
        cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses, count(*) as days,
        sum(cast(n as double) * n) as n_n, sum(n * total) as n_total, sum(total * total) as total_total,
        min(local_day) as first_day, max(local_day) as last_day
      from by_day
      group by group_id, metric, span
      order by metric, group_id, span
