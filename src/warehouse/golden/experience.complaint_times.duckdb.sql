      select count(*) as n, count(*) filter (where c.end_at is not null and date_diff('day', c.local_day, cast(c.end_at as date)) <= ?) as hits
      from (select * from complaints where superseded_by = 0) c
      where c.local_day between cast(? as date) and cast(? as date) and (c.end_at is not null or date_diff('day', c.local_day, cast(? as date)) > ?)
