#!/usr/bin/env bash
# Print the Python this house runs on: the first of 3.11, 3.12, 3.13 that starts and can make a virtual environment.
set -euo pipefail

can_serve='
import ensurepip, sys, venv
sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
'

for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    # A version manager may keep a name on PATH for a Python that is not there: only a run tells.
    if "$candidate" -c "$can_serve" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done

echo "No usable Python: looked for ${PYTHON:-python3.11, python3.12, python3.13 and python3} with its venv module. \
Install one (Debian/Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13) or name it: make setup PYTHON=/path/to/python3.12" >&2
exit 1
