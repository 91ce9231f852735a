#!/bin/sh
set -eu
user=$(cat /run/secrets/s3_access_key_id)
password=$(cat /run/secrets/s3_secret_access_key)
mc alias set lake "$MC_HOST" "$user" "$password" >/dev/null
mc mb --ignore-existing lake/zhiyin
# A server that was killed may leave an upload in parts, which is paid for unseen. MinIO ends such uploads by itself,
# after a day; a bank's own bucket needs a rule for it.
echo 'the bucket is there'
