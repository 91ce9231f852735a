-- Units, people, sign-in and the audit trail. Personal fields are encrypted (…_enc) and found by a blind index (…_index).
create table settings (
  key text primary key,
  value jsonb not null,
  changed_at timestamptz not null default now()
);

create table units (
  id text primary key,
  code text not null unique,
  name text not null,
  name_en text,
  level text not null check (level in ('head_office', 'province', 'city', 'branch', 'team')),
  kind text not null default 'branch' check (kind in ('administration', 'branch', 'contact_centre', 'digital', 'back_office')),
  parent_id text references units (id),
  -- '/id/id/' from the root to this unit: a subtree is a prefix.
  path text not null unique,
  opened_on date,
  closed_on date,
  load_id bigint
);
create index units_parent on units (parent_id);

create table customers (
  key bigint primary key,
  name_enc bytea,
  name_index bytea,
  phone_enc bytea,
  phone_index bytea,
  document_enc bytea,
  document_index bytea,
  unit_id text references units (id),
  segment text,
  birth_year integer,
  opened_on date,
  load_id bigint
);
create index customers_name on customers (name_index);
create index customers_phone on customers (phone_index);
create index customers_document on customers (document_index);

create table staff (
  key bigint primary key,
  name_enc bytea,
  name_index bytea,
  unit_id text references units (id),
  position text,
  active boolean not null default true,
  load_id bigint
);

-- Identity of the source systems -> random surrogate. The only place where the two meet.
create table subject_keys (
  kind text not null check (kind in ('customer', 'staff')),
  source text not null,
  external_index bytea not null,
  external_enc bytea not null,
  key bigint not null,
  primary key (kind, source, external_index)
);
create index subject_keys_key on subject_keys (kind, key);

create table users (
  id text primary key,
  login text not null unique,
  name_enc bytea not null,
  password_hash text,
  staff_key bigint,
  failed_sign_ins integer not null default 0,
  locked_until timestamptz,
  disabled boolean not null default false,
  language text not null default 'zh',
  created_at timestamptz not null default now()
);

create table grants (
  id text primary key,
  user_id text not null references users (id),
  role text not null,
  unit_id text not null references units (id),
  granted_by text,
  granted_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index grants_user on grants (user_id) where revoked_at is null;

create table sessions (
  id_hash bytea primary key,
  user_id text not null references users (id),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user on sessions (user_id);

create table service_tokens (
  id text primary key,
  token_hash bytea not null unique,
  name text not null,
  role text not null,
  unit_id text not null references units (id),
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);

create table one_time_links (
  token_hash bytea primary key,
  purpose text not null,
  user_id text references users (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Written with the change it records, unchained; one sealer chains them afterwards in its own order.
create table audit_records (
  id text primary key,
  at timestamptz not null,
  actor text not null,
  actor_kind text not null check (actor_kind in ('user', 'token', 'job', 'operator', 'system')),
  action text not null,
  object_kind text not null,
  object_id text,
  detail jsonb not null,
  correlation text
);

create table audit_chain (
  position bigint primary key,
  record_id text not null unique references audit_records (id),
  previous_hash bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null
);
