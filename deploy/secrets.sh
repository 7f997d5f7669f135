#!/bin/sh
# Makes what compose.yaml asks for, with new secrets: .env and the folder secrets, beside it or in FOLDER.
#
#   deploy/secrets.sh music.example.org /etc/ssl/certs/music.pem /etc/ssl/private/music.key
set -eu
if [ $# -ne 3 ] && [ $# -ne 4 ]; then
    echo "Usage: $0 NAME CERTIFICATE KEY [FOLDER]" >&2
    exit 2
fi
folder=${4:-$(dirname "$0")}
if [ -e "$folder/.env" ]; then
    echo "$folder/.env is there: what was made with its passwords would not know new ones." >&2
    exit 1
fi
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
postgres_password=$(secret)
metrics_token=$(secret)
umask 077
mkdir -p "$folder/secrets"
(
    umask 022 # each service reads its own by a user of its own; nobody else here comes into the folder
    printf %s "$postgres_password" >"$folder/secrets/postgres_password"
    printf %s "$metrics_token" >"$folder/secrets/metrics_token"
    secret >"$folder/secrets/grafana_password"
)
cat >"$folder/.env" <<END
HOST_NAME=$1
TLS_CERTIFICATE=$2
TLS_KEY=$3
POSTGRES_PASSWORD=$postgres_password
RABBITMQ_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
STORAGE_SECRET=$(secret)
METRICS_TOKEN=$metrics_token
END
