-- One row for each stretch of time (a local day, so many minutes) in which a job was due and was begun.
create table job_runs (
  job text not null,
  slot text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  attempts integer not null default 1,
  started_at timestamptz not null,
  finished_at timestamptz,
  error text,
  primary key (job, slot)
);
