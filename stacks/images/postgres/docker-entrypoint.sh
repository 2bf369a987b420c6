#!/usr/bin/env bash
# Given the container's command, runs it as the official image does: options alone mean postgres, a start as root hands
# the data to uid 999 and drops to it, and an empty data folder gets a login, a database and the scripts of
# /docker-entrypoint-initdb.d.
set -euo pipefail

# Take NAME from the file that NAME_FILE names; both at once is a mistake.
from_file() {
    local name=$1 file="${1}_FILE"
    if [ -n "${!file:-}" ]; then
        if [ -n "${!name:-}" ]; then
            echo "error: both $name and $file are set" >&2
            exit 1
        fi
        export "$name=$(<"${!file}")"
    fi
    unset "$file"
}

case ${1:-} in
'' | -*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres:postgres '{}' +
    exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$0" "$@"
fi

first_start() {
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER
    from_file POSTGRES_DB
    local user=${POSTGRES_USER:-postgres} database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
    local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
        echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
        echo '       Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE to a value that is not empty.' >&2
        exit 1
    fi
    # The password goes by a pipe: arguments show in the list of processes.
    initdb --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-trust}") --encoding=UTF8 --locale=C.UTF-8 \
        ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
    # On its socket alone, so that nobody else meets a server that is about to stop again.
    pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses='' -c unix_socket_directories=/tmp"
    if [ "$database" != postgres ]; then
        psql -v ON_ERROR_STOP=1 --no-psqlrc -h /tmp -U "$user" -d postgres --set=name="$database" \
            <<<'CREATE DATABASE :"name";'
    fi
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
        *.sh) PGHOST=/tmp bash "$script" ;;
        *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -h /tmp -U "$user" -d "$database" -f "$script" ;;
        *.sql.gz) gzip -dc "$script" | psql -v ON_ERROR_STOP=1 --no-psqlrc -h /tmp -U "$user" -d "$database" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
}

if [ "$1" = postgres ]; then
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        first_start
    fi
    unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
fi
exec "$@"
