#!/bin/sh
# Installs or repairs everything without starting it. --repair checks every file, --cluster adds what
# several computers or an object store (S3) need, --server brings a server of a cluster and no models,
# --test what the tests need.
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
. "$root/install/python.sh"
exec "$python" -S "$root/install/__main__.py" install "$@"
