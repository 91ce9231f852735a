    select touchpoint_id, metric, cast(sum(n) as bigint) as n, max(local_day) as last_day
    from daily
    where touchpoint_id is not null and local_day between cast(? as date) and cast(? as date)
    group by touchpoint_id, metric
    order by touchpoint_id, metric
