# shellcheck shell=sh disable=SC2154
# Sourced with $root set. Leaves in $python a Python 3.11-3.13 that really runs: a pyenv shim may be there and fail.
# 3.11 is tried first because it is the tested one, 3.13 last because pyebur128 must be compiled for it.
find_python() {
    for python in "$root/.venv/bin/python" "$root/.venv/Scripts/python.exe" "${PYTHON:-}" \
        python3.11 python3.12 python3.13 python3 python \
        "${CONDA_PREFIX:-}/bin/python" "${CONDA_EXE%/*}/python"; do
        "$python" -S "$root/install/probe.py" "$@" >/dev/null 2>&1 && return
    done
    return 1
}

find_python || find_python --without-pip || {
    echo "No 64-bit Python 3.11, 3.12 or 3.13 was found: install one (python.org, your system's packages or Conda) and run this again." >&2
    exit 1
}
