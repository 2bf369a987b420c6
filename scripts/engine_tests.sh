#!/usr/bin/env bash
# Runs the tests on a real engine, four at a time. The few that fail are run once more, one after another: a test that
# fails only beside others on a crowded machine is named as such and does not stop a release; one that fails again does.
# More than a handful of failures are no accident, and are not asked twice.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly MOST=8
cache=.pytest_cache/engine
pytest() { .venv/bin/python -m pytest tests/engine tests/faults -o cache_dir="$cache" "$@"; }

rm -rf "$cache"
pytest -n 4 --dist loadgroup "$@" # four on two cores: most of the time they wait for containers
code=$?
[ $code -eq 1 ] || exit $code # 0 is well; above 1 is a run that was not one

failed=$(.venv/bin/python -c 'import json, sys; print(*json.load(open(sys.argv[1])), sep="\n")' "$cache/v/cache/lastfailed") || exit 1
count=$(wc -l <<<"$failed")
[ "$count" -le $MOST ] || exit 1
echo "==> $count of the tests failed beside others; once more, one after another"
pytest --last-failed --last-failed-no-failures none "$@" || exit 1
sed 's/^/passed only alone: /' <<<"$failed"
