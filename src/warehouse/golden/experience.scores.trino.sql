      with days as (
        select d.touchpoint_id as group_id, t.stage_id as stage_id, t.journey_id as journey_id, d.metric as metric, 'now' as span, d.local_day as local_day, cast(sum(d.n) as bigint) as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, cast(sum(d.hits) as bigint) as hits, cast(sum(d.misses) as bigint) as misses
        from daily d left join touchpoints t on t.touchpoint_id = d.touchpoint_id
        where d.metric in (?)
        group by 1, 2, 3, 4, 5, 6)
      select group_id, stage_id, journey_id, metric, span, cast(sum(n) as bigint) as n, sum(total) as total,
  sum(total_squares) as total_squares, cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses,
  count(*) as days, sum(cast(n as double) * cast(n as double)) as n_n, sum(cast(n as double) * total) as n_total,
  sum(total * total) as total_total
      from days group by group_id, stage_id, journey_id, metric, span
      order by metric, group_id, stage_id, journey_id, span
