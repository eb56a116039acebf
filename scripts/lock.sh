#!/usr/bin/env bash
# Write the three lock files from pyproject.toml: every package, every hash, for every Python and platform we run on.
#
# The versions already locked stay unless pyproject.toml forbids them; UPGRADE=1 takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    local lock="$1"
    shift
    .venv/bin/python -m uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links ${UPGRADE:+--upgrade} "$@" --output-file "$lock"
    echo "$lock: $(grep -c '==' "$lock") packages"
}

compile requirements.lock pyproject.toml
compile requirements-dev.lock pyproject.toml --group dev --constraints requirements.lock
compile requirements-install.lock --group install --constraints requirements-dev.lock
