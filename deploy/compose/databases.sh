#!/bin/sh
# Makes what is missing and leaves what is there: a role and a database for Zhiyin, and for the catalog of the lake.
set -eu
secret() { cat "${SECRETS:-/run/secrets}/$1"; }
PGPASSWORD=$(secret postgres_password)
export PGPASSWORD
# What is there already is no news.
export PGOPTIONS="-c client_min_messages=warning"

make() { # ROLE DATABASE PASSWORD
  # By standard input: an argument would show the password to whoever lists processes.
  psql -qX -v ON_ERROR_STOP=1 -d postgres <<SQL
\set role '$1'
\set database '$2'
\set password '$3'
select format('create role %I login', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
alter role :"role" password :'password';
select format('create database %I owner %I', :'database', :'role')
  where not exists (select from pg_database where datname = :'database') \gexec
revoke connect on database :"database" from public;
SQL
}
make zhiyin zhiyin "$(secret zhiyin_password)"
make lake lake_catalog "$(secret lake_catalog_password)"
PGPASSWORD=$(secret lake_catalog_password) PGUSER=lake \
  psql -qX -v ON_ERROR_STOP=1 -d lake_catalog -f "${TABLES:-/etc/zhiyin/iceberg-catalog.sql}"
echo 'databases and catalog tables are there'
