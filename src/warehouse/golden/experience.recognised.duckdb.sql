    select i.channel as channel, count(*) as n, count(i.customer_key) as hits
    from (select * from interactions where superseded_by = 0) i
    where i.local_day between cast(? as date) and cast(? as date)
    group by i.channel
    order by i.channel
