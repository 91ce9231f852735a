      with counted as (
        select variant_no as variant_no, count(*) as cases, min(case_no) as case_no, max(events) as length,
          sum(count(*)) over () as all_cases
        from log_1_cases c where variant_no is not null group by variant_no),
      frequent as (select * from counted order by cases desc, length, variant_no limit 5),
      spelled as (
        select t.variant_no, string_agg(a.activity, chr(31) order by r.row_no) as path
        from frequent t join log_1_events r on r.case_no = t.case_no
        join log_1_activities a on a.activity_no = r.activity_no group by t.variant_no),
      timed as (
        select t.variant_no, avg((date_diff('millisecond', c.start_at, c.end_at) / 1e3)) as mean_seconds, quantile_cont((date_diff('millisecond', c.start_at, c.end_at) / 1e3), [0.5]) as spans
        from frequent t join log_1_cases c on c.variant_no = t.variant_no group by t.variant_no)
      select t.variant_no as variant_no, t.cases as cases, (cast(t.cases as double) / nullif(cast(t.all_cases as double), 0)) as share,
        t.length as length, s.path as path, m.mean_seconds as mean_seconds, list_extract(m.spans, 1) as median_seconds
      from frequent t join spelled s on s.variant_no = t.variant_no join timed m on m.variant_no = t.variant_no
      order by t.cases desc, t.length, t.variant_no
