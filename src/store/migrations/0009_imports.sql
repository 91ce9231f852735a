-- Why a load failed, in detail, and which columns were kept out of the facts because they say who somebody is.
alter table loads add column failure_detail jsonb;
alter table loads add column left_out jsonb not null default '[]';

-- What stood there before a change, as the row itself: its personal fields are encrypted already. Null where new.
alter table load_changes add column before jsonb;

-- Loads that brought a customer, unit or member of staff again, unchanged: undoing the first hands the row to the next.
create table load_repeats (
  load_id bigint not null references loads (id),
  kind text not null,
  key text not null,
  primary key (kind, key, load_id)
);
create index load_repeats_load on load_repeats (load_id);

create index free_texts_load on free_texts (load_id);

-- A batch that could not be moved stands aside with its reason, and does not hold up those behind it.
alter table intake_batches add column failed_at timestamptz;
alter table intake_batches add column failure text;
alter table intake_batches add column practice boolean not null default false;
drop index intake_waiting;
create index intake_waiting on intake_batches (id) where moved_at is null and failed_at is null;

-- Cases come with every kind of fact and over the interface too: of processes whose log is not here yet, in batches
-- that are no load.
alter table case_key_blocks drop constraint case_key_blocks_process_id_fkey;
alter table case_key_blocks drop constraint case_key_blocks_load_id_fkey;
