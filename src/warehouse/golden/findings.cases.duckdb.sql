select * from (
      select local_day, unit_id, channel, segment, 'interaction' as kind, wait_seconds as measured, outcome as outcome
      from (select * from interactions where superseded_by = 0)
      where wait_seconds is not null and local_day between cast(? as date) and cast(? as date)
        and touchpoint_id = ?
        and unit_id in (?, ?, ?)
      union all
      select local_day, unit_id, channel, segment, 'ticket' as kind, wait_seconds as measured, outcome as outcome
      from (select * from tickets where superseded_by = 0)
      where wait_seconds is not null and local_day between cast(? as date) and cast(? as date)
        and touchpoint_id = ?
        and unit_id in (?, ?, ?)) as cases order by measured desc, local_day desc, kind, unit_id, channel, segment, outcome, measured limit 20
