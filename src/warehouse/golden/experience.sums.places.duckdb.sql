      with cells as (
        select d.touchpoint_id, d.unit_id, d.channel, grouping(d.touchpoint_id, d.unit_id, d.channel) as mark, d.metric as metric, d.local_day as local_day, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
        from daily d
        where d.local_day between cast(? as date) and cast(? as date) and (d.local_day between cast(? as date) and cast(? as date) or d.local_day between cast(? as date) and cast(? as date))
          and d.metric in (?, ?)
        group by grouping sets ((d.metric, d.local_day), (d.metric, d.local_day, d.touchpoint_id), (d.metric, d.local_day, d.unit_id), (d.metric, d.local_day, d.channel))
      ), by_day as (
        select case d.mark when 7 then 'none' when 3 then 'touchpoint' when 5 then 'unit' when 6 then 'channel' end as grouped_by, case d.mark when 3 then d.touchpoint_id when 5 then nullif(split_part(u.path, '/', 3), '') when 6 then d.channel end as group_id, d.metric as metric, d.local_day as local_day, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
        from cells d left join units u on u.unit_id = d.unit_id where d.mark <> 5 or u.unit_id is not null
        group by 1, 2, 3, 4
      )
      select grouped_by, group_id, metric, s.span as span, cast(sum(n) as bigint) as n, sum(total) as total,
  sum(total_squares) as total_squares, cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses,
  count(*) as days, sum(cast(n as double) * cast(n as double)) as n_n, sum(cast(n as double) * total) as n_total,
  sum(total * total) as total_total,
        min(local_day) as first_day, max(local_day) as last_day
      from by_day d join (values ('now'), ('before')) s(span)
        on (s.span = 'now' and d.local_day between cast(? as date) and cast(? as date)) or (s.span = 'before' and d.local_day between cast(? as date) and cast(? as date))
      group by 1, 2, 3, 4
      order by grouped_by, metric, group_id, span
