-- survives: 0012
-- Snapshots, and tables of logs, that were published once, and until when: a question that began before may still be
-- reading them, so a lake's upkeep leaves them for a while. Rows go with what they name.
create table lake_superseded (
  name text not null,
  snapshot text not null,
  at timestamptz not null default now(),
  primary key (name, snapshot)
);
