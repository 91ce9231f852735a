-- Sign-in, rights that wait for a second person, and the queue of audit records that are not chained yet.
-- Failures are counted by what was typed, known or not: an answer never tells whether an account exists.
create table sign_in_attempts (
  login_index bytea primary key,
  failures integer not null,
  last_failed_at timestamptz not null,
  locked_until timestamptz
);
alter table users drop column failed_sign_ins;
alter table users drop column locked_until;
alter table users add column last_signed_in_at timestamptz;
alter table users add column created_by text;
create index users_staff on users (staff_key) where staff_key is not null;

delete from sessions;
alter table sessions add column id text not null unique;

-- A right given by one person counts once another has approved it; what is given at birth waits for nobody.
alter table grants add column awaits_approval boolean not null default false;
alter table grants add column approved_by text;
alter table grants add column approved_at timestamptz;
alter table grants add column revoked_by text;
create unique index grants_once on grants (user_id, role, unit_id) where revoked_at is null;

alter table service_tokens add column awaits_approval boolean not null default false;
alter table service_tokens add column approved_by text;
alter table service_tokens add column approved_at timestamptz;
alter table service_tokens add column revoked_by text;

alter table one_time_links add column created_by text not null default 'system';
create index one_time_links_user on one_time_links (user_id);

-- Not part of what is chained: only finds the records the sealer has yet to take.
alter table audit_records add column sealed boolean not null default false;
create index audit_records_unsealed on audit_records (id) where not sealed;
create index audit_records_object on audit_records (object_kind, object_id, id);
create index audit_records_actor on audit_records (actor, id);
