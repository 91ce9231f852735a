-- survives: 0012
-- Snapshots that somebody may be reading, and until when they were, or are sure to be, read: what was published once, for
-- questions that began before; what a backup is copying, with an hour ahead. A lake's upkeep leaves them for a while after.
create table lake_in_use (
  name text not null,
  snapshot text not null,
  until timestamptz not null default now(),
  primary key (name, snapshot)
);
