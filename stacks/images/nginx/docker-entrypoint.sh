#!/bin/sh
# Given the container's command, runs it; before nginx, the user's own scripts in /docker-entrypoint.d, in their order.
set -e

if [ "${1:-}" = nginx ]; then
    for script in /docker-entrypoint.d/*.sh; do
        [ ! -x "$script" ] || "$script"
    done
fi
exec "$@"
