-- survives: 0011
-- How far a move into this database is: parts of the warehouse's tables that have been copied, with what they held where
-- they came from. Empty but while one is under way.
create table move_chunks (
  table_name text not null,
  chunk text not null,
  row_count bigint not null,
  checksum text not null,
  copied_at timestamptz not null default now(),
  primary key (table_name, chunk)
);
