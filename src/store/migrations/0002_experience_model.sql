-- Journey > stage > touchpoint > moment of truth, and what each metric is meant to reach.
create table journeys (
  id text primary key,
  name text not null,
  name_en text not null,
  position integer not null,
  revision integer not null default 1,
  archived_at timestamptz
);

create table stages (
  id text primary key,
  journey_id text not null references journeys (id),
  name text not null,
  name_en text not null,
  phase text not null check (phase in ('before', 'during', 'after')),
  position integer not null,
  revision integer not null default 1,
  archived_at timestamptz
);
create index stages_journey on stages (journey_id);

create table touchpoints (
  id text primary key,
  stage_id text not null references stages (id),
  name text not null,
  name_en text not null,
  facet text not null check (facet in ('product', 'service', 'channel', 'people', 'brand')),
  channel text not null,
  owner_unit_id text references units (id),
  owner_user_id text references users (id),
  position integer not null,
  revision integer not null default 1,
  archived_at timestamptz
);
create index touchpoints_stage on touchpoints (stage_id);

create table moments_of_truth (
  id text primary key,
  touchpoint_id text not null references touchpoints (id),
  name text not null,
  name_en text not null,
  why text not null default '',
  position integer not null,
  revision integer not null default 1,
  archived_at timestamptz
);
create index moments_touchpoint on moments_of_truth (touchpoint_id);

-- A null touchpoint or unit means all of them; the most specific row in force wins.
create table targets (
  id text primary key,
  metric text not null,
  touchpoint_id text references touchpoints (id),
  unit_id text references units (id),
  value double precision not null,
  effective_from date not null,
  effective_to date,
  set_by text not null,
  set_at timestamptz not null default now(),
  check (effective_to is null or effective_to > effective_from)
);
create index targets_metric on targets (metric, touchpoint_id, unit_id);
