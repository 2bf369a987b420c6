#!/usr/bin/env bash
# Runs one step of the Makefile: says what begins, and how it ended and after how long. The exit code is the command's.
# usage: scripts/step.sh "what it does" COMMAND [WORD...]
set -uo pipefail

# Microseconds; bash before 5 (macOS) knows whole seconds only.
now() {
    local time=${EPOCHREALTIME:-$(date +%s).000000}
    printf '%s' "${time//[.,]/}"
}

title=$1 start=$(now)
shift
printf '==> %s\n' "$title"
"$@"
code=$?
tenths=$((($(now) - start) / 100000))
printf -v took '%d.%d s' $((tenths / 10)) $((tenths % 10))
if [ $code -eq 0 ]; then
    printf '    done: %s (%s)\n' "$title" "$took"
else
    printf '    FAILED: %s (exit code %d, %s)\n' "$title" "$code" "$took" >&2
fi
exit $code
