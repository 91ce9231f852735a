-- Keys of cases, a block a load: the source's case numbers, packed and encrypted, number i having the key base + i.
create table case_key_blocks (
  process_id text not null references processes (id),
  load_id bigint not null references loads (id),
  base bigint not null,
  count integer not null,
  numbers_enc bytea not null,
  primary key (process_id, base)
);

-- What a load of customers, units or staff changed, so that it can be undone: the row before, encrypted; null where new.
create table load_changes (
  load_id bigint not null references loads (id),
  kind text not null,
  key text not null,
  before_enc bytea,
  primary key (load_id, kind, key)
);
create index load_changes_key on load_changes (kind, key);
