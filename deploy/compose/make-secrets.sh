#!/bin/sh
# Makes the secrets of deploy/compose.yaml where they are missing; what is there stays, so that it may be run again.
# field.key encrypts names, phones and documents: keep a copy elsewhere, without it nothing personal can be read.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The folder is closed to others; the files are mounted one by one into containers whose users are not this one.
chmod 0700 "$folder"
put() { # NAME, and the content by standard input
  if [ -e "$folder/$1" ]; then
    cat >/dev/null
    return
  fi
  cat >"$folder/$1.new"
  chmod 0444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}
for name in postgres-password zhiyin-password lake-catalog-password trino-shared-secret s3-access-key-id s3-secret-access-key; do
  openssl rand -hex 24 | put "$name"
done
openssl rand -hex 32 | put field.key
printf 'postgresql://zhiyin:%s@postgres:5432/zhiyin\n' "$(cat "$folder/zhiyin-password")" | put database-url
if [ ! -e "$folder/proxy.pem" ]; then
  # To try it with: browsers warn of it. Put the bank's certificate, its chain and its key in its place.
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=${ZHIYIN_HOST:-localhost}" \
    -addext "subjectAltName=DNS:${ZHIYIN_HOST:-localhost}" -keyout "$folder/.key" -out "$folder/.crt" 2>/dev/null
  cat "$folder/.crt" "$folder/.key" | put proxy.pem
  rm "$folder/.crt" "$folder/.key"
fi
