-- Finding -> action -> effect. A finding has one key for ever; each closed period adds an observation to it.
create table findings (
  id text primary key,
  finder text not null,
  metric text not null,
  -- Null: all touchpoints of the unit together.
  touchpoint_id text references touchpoints (id),
  unit_id text not null references units (id),
  segment text,
  direction text not null check (direction in ('worse', 'missing')),
  state text not null default 'new' check (state in ('new', 'accepted', 'dismissed', 'resolved', 'merged')),
  reason text,
  note text,
  decided_by text,
  decided_at timestamptz,
  owner_user_id text references users (id),
  revision integer not null default 1,
  -- The newest period's picture, for ranking.
  severity double precision not null default 0,
  confidence double precision not null default 0,
  loss double precision not null default 0,
  customers_affected bigint not null default 0,
  -- Explained by this finding; hidden from the ranking while it is.
  parent_id text references findings (id),
  merged_into text references findings (id),
  first_period text not null,
  last_period text not null,
  -- The last closed period in which it was significant.
  last_seen_period text not null,
  -- How bad it was when it was dismissed: it returns only when materially worse.
  dismissed_loss double precision,
  returned_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique nulls not distinct (finder, metric, touchpoint_id, unit_id, segment, direction)
);
create index findings_rank on findings (state, severity desc);
create index findings_unit on findings (unit_id);

create table finding_observations (
  id text primary key,
  finding_id text not null references findings (id),
  -- The closed month, YYYY-MM, and how many months up to its end the value covers.
  period text not null,
  window_months integer not null,
  value double precision,
  reference double precision,
  difference double precision,
  low double precision,
  high double precision,
  n bigint not null,
  p_value double precision,
  significant boolean not null,
  customers_affected bigint not null default 0,
  -- Facts that came after the period had been tested: seen, never tested again.
  late boolean not null default false,
  definition_version integer not null,
  evidence jsonb not null,
  created_at timestamptz not null default now()
);
create index finding_observations_finding on finding_observations (finding_id, period);
create unique index finding_observations_once on finding_observations (finding_id, period) where not late;

-- The ledger of tests: each finder sees each closed period exactly once, at an error allotted beforehand.
create table finder_periods (
  finder text not null,
  period text not null,
  finder_version integer not null,
  alpha double precision not null,
  hypotheses integer not null,
  rejected integer not null,
  facts_n bigint not null,
  late_n bigint not null default 0,
  tested_at timestamptz not null,
  primary key (finder, period)
);

create table finding_history (
  id text primary key,
  finding_id text not null references findings (id),
  at timestamptz not null,
  actor text not null,
  actor_kind text not null,
  event text not null,
  reason text,
  note text,
  -- What the event replaced, so that it can be undone.
  before jsonb not null,
  undone_at timestamptz
);
create index finding_history_finding on finding_history (finding_id, at);

create table finding_watches (
  finding_id text not null references findings (id),
  user_id text not null references users (id),
  since timestamptz not null default now(),
  primary key (finding_id, user_id)
);

create table actions (
  id text primary key,
  finding_id text references findings (id),
  -- The unit that answers for it: who sees this unit sees the action.
  unit_id text not null references units (id),
  title text not null,
  description text not null default '',
  owner_user_id text references users (id),
  due_on date not null,
  state text not null default 'planned'
    check (state in ('planned', 'locked', 'running', 'finished', 'decided', 'cancelled')),
  -- {metric, touchpointId, unitIds, segment}
  measure jsonb not null,
  -- [{metric, touchpointId, unitIds, segment, tolerance}]
  guards jsonb not null default '[]',
  design text not null check (design in ('did', 'its', 'xmr')),
  -- In the metric's unit, with its sign.
  expected_effect double precision not null,
  start_on date not null,
  analysis_on date not null,
  locked_at timestamptz,
  locked_by text,
  -- The registered text, word for word, and its SHA-256: neither changes after the lock.
  registration text,
  registration_hash text,
  started_on date,
  finished_on date,
  cancelled_reason text,
  cost double precision,
  revision integer not null default 1,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (analysis_on > start_on),
  check (locked_at is null or (registration is not null and registration_hash is not null))
);
create index actions_finding on actions (finding_id);
create index actions_unit on actions (unit_id);
create index actions_due on actions (state, due_on);
create index actions_owner on actions (owner_user_id);

create table action_history (
  id text primary key,
  action_id text not null references actions (id),
  at timestamptz not null,
  actor text not null,
  actor_kind text not null,
  event text not null,
  note text,
  before jsonb not null,
  undone_at timestamptz
);
create index action_history_action on action_history (action_id, at);

create table effects (
  id text primary key,
  action_id text not null references actions (id),
  kind text not null check (kind in ('primary', 'recheck')),
  estimated_at timestamptz not null,
  -- Facts up to this day.
  through date not null,
  design_registered text not null,
  design_used text not null,
  estimate double precision,
  low double precision,
  high double precision,
  p_value double precision,
  n bigint not null default 0,
  grade text not null check (grade in ('A', 'B', 'C', 'D', 'E')),
  verdict text not null check (verdict in ('proved', 'not_proved', 'worse', 'not_measurable')),
  reasons jsonb not null,
  warnings jsonb not null,
  guards jsonb not null,
  detail jsonb not null,
  customers_helped bigint not null default 0,
  definition_version integer not null,
  decision text check (decision in ('standardise', 'adjust', 'roll_back')),
  decision_note text,
  decided_by text,
  decided_at timestamptz,
  revision integer not null default 1
);
create index effects_action on effects (action_id, estimated_at);
create unique index effects_primary on effects (action_id) where kind = 'primary';

create table reminders (
  id text primary key,
  user_id text not null references users (id),
  kind text not null,
  object_kind text not null check (object_kind in ('action', 'finding', 'effect')),
  object_id text not null,
  due_on date,
  created_at timestamptz not null default now(),
  snoozed_until date,
  done_at timestamptz,
  unique (user_id, kind, object_id)
);
create index reminders_user on reminders (user_id) where done_at is null;
