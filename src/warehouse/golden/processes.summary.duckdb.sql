      select what, name, n, mean_seconds, median_seconds, p90_seconds, first_start, last_end from (
        select 'cases' as what, cast(null as varchar) as name, n, mean_seconds, list_extract(spans, 1) as median_seconds,
          list_extract(spans, 2) as p90_seconds, first_start, last_end
        from (select count(*) as n, avg((date_diff('millisecond', c.start_at, c.end_at) / 1e3)) as mean_seconds, quantile_cont((date_diff('millisecond', c.start_at, c.end_at) / 1e3), [0.5, 0.9]) as spans,
                min(c.start_at) as first_start, max(c.end_at) as last_end
              from log_1_cases c where c.events is not null) x
        union all select 'variants', cast(null as varchar), n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp) from (select count(distinct c.variant_no) as n from log_1_cases c) x
        union all select 'events', cast(null as varchar), n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp) from (select count(*) as n from log_1_events r) x
        union all select 'activities', cast(null as varchar), n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp) from (select count(distinct activity_no) as n from log_1_events r) x
        union all select 'resources', cast(null as varchar), n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp) from (select count(distinct resource_no) as n from log_1_events r) x
        union all select 'edges', cast(null as varchar), n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp) from (select count(*) as n from (select distinct activity_no, next_activity_no from log_1_events r where next_activity_no is not null) e) x
        union all select 'start', a.activity, x.n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp)
        from (select activity_no, count(*) as n from log_1_events r where begins group by activity_no) x
        join log_1_activities a on a.activity_no = x.activity_no
        union all select 'end', a.activity, x.n, cast(null as double), cast(null as double), cast(null as double), cast(null as timestamp), cast(null as timestamp)
        from (select activity_no, count(*) as n from log_1_events r where next_activity_no is null group by activity_no) x
        join log_1_activities a on a.activity_no = x.activity_no
      ) figures
      order by what, n desc, name
