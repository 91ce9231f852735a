-- What was imported, by whom, from which file; what could not be read; and interactions taken in but not yet moved.
create table processes (
  id text primary key,
  -- Names the prepared log's tables in the warehouse.
  log bigint generated always as identity unique,
  name text not null,
  name_en text,
  created_at timestamptz not null default now()
);

create table loads (
  id bigint generated always as identity primary key,
  kind text not null,
  process_id text references processes (id),
  source text not null,
  file_name text not null,
  file_hash text,
  mapping jsonb not null default '{}',
  -- True in a demo home: what is imported there is practice.
  practice boolean not null default false,
  state text not null check (state in ('running', 'done', 'failed', 'undone')),
  rows_read bigint not null default 0,
  rows_new bigint not null default 0,
  rows_same bigint not null default 0,
  rows_corrected bigint not null default 0,
  rows_rejected bigint not null default 0,
  rows_skipped bigint not null default 0,
  created_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- A code of the error catalogue, where it failed.
  failure text,
  undone_by text,
  undone_at timestamptz
);

create table load_errors (
  load_id bigint not null references loads (id),
  row_number bigint not null,
  column_name text not null default '',
  reason text not null,
  -- What stood there; encrypted, for it may name a customer.
  excerpt_enc bytea
);
create index load_errors_load on load_errors (load_id, row_number);

create table intake_batches (
  id bigint generated always as identity primary key,
  source text not null,
  idempotency_key text not null,
  received_from text not null,
  received_at timestamptz not null default now(),
  row_count integer not null,
  body_hash bytea not null,
  body_enc bytea,
  -- Its place among all loads: of two versions of a fact the later one counts.
  load_number bigint not null default nextval(pg_get_serial_sequence('loads', 'id')),
  moved_at timestamptz,
  unique (source, idempotency_key)
);
create index intake_waiting on intake_batches (id) where moved_at is null;

-- What customers wrote or said stays here, encrypted, until it is redacted.
create table free_texts (
  id text primary key,
  fact_kind text not null,
  source text not null,
  source_id text not null,
  text_enc bytea not null,
  load_id bigint
);
create index free_texts_fact on free_texts (fact_kind, source, source_id);
