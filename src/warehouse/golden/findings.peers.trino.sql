    select unit_id, metric, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
      cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
    from daily
    where local_day between cast(? as date) and cast(? as date) and unit_id is not null
      and metric in (?, ?)
      and touchpoint_id = ?
    group by 1, 2
    order by 1, 2
