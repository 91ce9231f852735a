    select min(f.local_day) as first_day, max(f.local_day) as last_day, count(*) as n,
      count(distinct f.unit_id) as units, count(distinct f.touchpoint_id) as touchpoints, count(distinct f.customer_key) as customers
    from (select * from complaints where superseded_by = 0) f
    where f.load_id = ?
