-- survives: 0010
-- Several servers on one store: who works on what, and for how long that is believed; limits that hold over all of them.
-- Programs before this one take the database for themselves alone, so none of them runs beside it.
alter table job_runs add column server_id text;
alter table job_runs add column lease_until timestamptz;

alter table loads add column server_id text;
alter table loads add column lease_until timestamptz;
-- How far it is, for readers on the other servers, and whether one of them has asked for its end.
alter table loads add column progress jsonb;
alter table loads add column cancel_asked boolean not null default false;

-- Buckets of a minute: what a crash of the database empties is full again before it is back.
create unlogged table rate_buckets (
  key bytea primary key,
  level double precision not null,
  passed boolean not null,
  at timestamptz not null
);
