-- survives: 0013
-- Customers whose personal data is to be erased: who asked, who decided, what went. What it says of a person beyond his
-- surrogates goes with him; the surrogates stay, so that a restored backup can be cleared of him again.
create table erasures (
  id text primary key,
  state text not null check (state in ('requested', 'withdrawn', 'refused', 'approved', 'done')),
  ground text not null,
  note_enc bytea,
  requested_by text not null,
  requested_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  refusal text,
  refusal_note_enc bytea,
  -- Places among all loads: those before the first had begun when it was approved, before the second when nobody could
  -- find his keys any more. Both are waited for.
  approved_place bigint,
  closed_place bigint,
  closed_at timestamptz,
  -- What he is called in files, for clearing them once his keys are gone; only while the erasing is under way.
  named_enc bytea,
  counts jsonb not null default '{}',
  done_at timestamptz
);
create index erasures_list on erasures (requested_at desc, id desc);
create index erasures_approved on erasures (id) where state = 'approved';

create table erasure_customers (
  erasure_id text not null references erasures (id),
  customer_key bigint not null,
  primary key (erasure_id, customer_key)
);
