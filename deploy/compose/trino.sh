#!/bin/bash
# Trino's files name secrets as ${ENV:…}; here they come from files into its environment, and into nothing else.
set -euo pipefail
declare -A names=(
  [lake_catalog_password]=LAKE_CATALOG_PASSWORD
  [trino_shared_secret]=TRINO_SHARED_SECRET
  [s3_access_key_id]=S3_ACCESS_KEY_ID
  [s3_secret_access_key]=S3_SECRET_ACCESS_KEY
)
for secret in "${!names[@]}"; do
  file=${SECRETS:-/run/secrets}/$secret
  if [ -r "$file" ]; then export "${names[$secret]}=$(<"$file")"; fi
done
exec "${RUN_TRINO:-/usr/lib/trino/bin/run-trino}" "$@"
