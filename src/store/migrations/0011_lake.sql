-- survives: 0010
-- What a warehouse on Trino keeps in the store, so that one transaction publishes a write over several tables (ADR 0015).
-- Empty where the warehouse is embedded.

-- The published snapshot of each table: readers see this one. A text, for it has 63 bits.
create table lake_tables (
  name text primary key,
  snapshot text not null
);

-- Versions, prepared logs, notes of what is behind: what warehouse_meta is in the embedded warehouse.
create table lake_meta (
  key text primary key,
  value text not null
);

create table lake_batches (
  batch_id bigint primary key,
  load_id bigint not null,
  row_count bigint not null
);

create table lake_stale_days (
  kind text not null,
  local_day date not null,
  primary key (kind, local_day)
);

-- A write that is under way, and the tables it has begun to change: whoever finds it dead rolls these back.
create table lake_writes (
  id bigint generated always as identity primary key,
  server text not null,
  began_at timestamptz not null default now(),
  tables text[] not null default '{}'
);
