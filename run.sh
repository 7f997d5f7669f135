#!/bin/sh
# Installs what is missing, then starts the page; ./run.sh --help tells the rest, ./run.sh test runs every test.
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
. "$root/install/python.sh"
exec "$python" -S "$root/install/__main__.py" run "$@"
