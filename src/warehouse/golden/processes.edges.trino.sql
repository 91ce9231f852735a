      with edges as (
        select activity_no as from_no, next_activity_no as to_no, count(*) as n, count(gap_micros) as timed, avg(gap_micros) as mean_micros, array_sort(array_agg(cast(gap_micros as double)) filter (where gap_micros is not null)) as gaps,
          avg(business_gap_micros) as mean_business_micros
        from log_1_events r where next_activity_no is not null
        group by activity_no, next_activity_no
      )
      select f.activity as from_activity, t.activity as to_activity, e.n as n, e.timed as timed,
        e.mean_micros / 1e6 as mean_seconds, (element_at(e.gaps, cast(floor((0.5e0 * (cardinality(e.gaps) - 1))) as integer) + 1) + (element_at(e.gaps, cast(ceil((0.5e0 * (cardinality(e.gaps) - 1))) as integer) + 1) - element_at(e.gaps, cast(floor((0.5e0 * (cardinality(e.gaps) - 1))) as integer) + 1)) * ((0.5e0 * (cardinality(e.gaps) - 1)) - floor((0.5e0 * (cardinality(e.gaps) - 1))))) / 1e6 as p50_seconds,
        (element_at(e.gaps, cast(floor((0.9e0 * (cardinality(e.gaps) - 1))) as integer) + 1) + (element_at(e.gaps, cast(ceil((0.9e0 * (cardinality(e.gaps) - 1))) as integer) + 1) - element_at(e.gaps, cast(floor((0.9e0 * (cardinality(e.gaps) - 1))) as integer) + 1)) * ((0.9e0 * (cardinality(e.gaps) - 1)) - floor((0.9e0 * (cardinality(e.gaps) - 1))))) / 1e6 as p90_seconds, e.mean_business_micros / 1e6 as mean_business_seconds
      from edges e left join log_1_activities f on f.activity_no = e.from_no left join log_1_activities t on t.activity_no = e.to_no
      order by e.n desc, f.activity, t.activity
