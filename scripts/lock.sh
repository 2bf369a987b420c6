#!/usr/bin/env bash
# Pins requirements/dev.in and the dependencies of pyproject.toml, with their hashes, in requirements/dev.txt.
# The app's own pins (stacks/core/app/requirements.txt) hold here too, so that its tests see what its image has.
# Run with Python 3.11, best with the oldest 3.11 there is: some packages have a dependency for older releases only.
# Further words go to pip-compile: `scripts/lock.sh --upgrade`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3.11}" -m venv "$tools"
"$tools/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "lock.sh: run this with PYTHON=python3.11")'
"$tools/bin/python" -m pip install --quiet pip-tools

# Only what the public index publishes: no folder of wheels of this machine, neither by variable nor by configuration.
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND='make requirements' "$tools/bin/python" -m piptools compile \
    --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
    --constraint=stacks/core/app/requirements.txt --output-file=requirements/dev.txt "$@" pyproject.toml requirements/dev.in

if grep -nE '://|file:|^ *(-f|-i|--find-links|--index-url|--extra-index-url|--trusted-host)|^[^#]* @ ' requirements/dev.txt; then
    echo "lock.sh: requirements/dev.txt names an address (above); it must not" >&2
    exit 1
fi
