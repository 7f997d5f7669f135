#!/bin/sh
# Prints what compose.yaml asks for, with new secrets:
#
#   deploy/secrets.sh music.example.org /etc/ssl/certs/music.pem /etc/ssl/private/music.key > deploy/.env
set -eu
if [ $# -ne 3 ]; then
    echo "Usage: $0 NAME CERTIFICATE KEY" >&2
    exit 2
fi
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
cat <<END
HOST_NAME=$1
TLS_CERTIFICATE=$2
TLS_KEY=$3
POSTGRES_PASSWORD=$(secret)
RABBITMQ_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
STORAGE_SECRET=$(secret)
METRICS_TOKEN=$(secret)
GRAFANA_PASSWORD=$(secret)
END
