-- Who may know a password, because he made the link with which it was set: his account and this one are no two persons.
alter table one_time_links add column known_to text[] not null default '{}';
alter table users add column password_known_to text[] not null default '{}';
-- Whether there was a password before that one: a first one is its owner's once he has changed it, a later one never is.
alter table users add column password_reset boolean not null default false;

update one_time_links l set known_to = array[l.created_by]
where exists (select 1 from users u where u.id = l.created_by);
update users u set password_known_to = l.known_to
from one_time_links l
where l.user_id = u.id and l.used_at is not null
  and not exists (select 1 from one_time_links n where n.user_id = u.id and n.used_at > l.used_at)
  and not exists (
    select 1 from audit_records r
    where r.object_kind = 'user' and r.object_id = u.id and r.action = 'password.change' and r.at > l.used_at
  );
