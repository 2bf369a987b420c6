#!/bin/bash
# Given the container's command, runs it as the official image does. MONGO_INITDB_ROOT_USERNAME and …_PASSWORD (or their
# _FILE forms) make the first user of an empty volume and turn authentication on; on a volume that has one they do not
# change it. Exits 1 on a wrong combination.
set -Eeuo pipefail

fail() {
    printf 'error: %s\n' "$@" >&2
    exit 1
}
from_file() { # NAME: its value, or the content of the file that NAME_FILE names, without the newline at its end
    local file=$1_FILE
    if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then fail "both $1 and $file are set (but are exclusive)"; fi
    if [ -n "${!file:-}" ]; then
        [ -r "${!file}" ] || fail "$file: cannot read ${!file} as uid $(id -u)"
        export "$1=$(<"${!file}")"
    fi
    unset "$file"
}

case ${1:-} in -*) set -- mongod "$@" ;; esac
[ "${1:-}" = mongod ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    find /data/configdb /data/db \! -user mongodb -exec chown mongodb:mongodb '{}' +
    # The log of a container that was started as root belongs to root; the server writes to it as mongodb.
    chown --dereference mongodb /proc/self/fd/1 /proc/self/fd/2 2>/dev/null || true
    exec setpriv --reuid=mongodb --regid=mongodb --clear-groups -- "$0" "$@"
fi
if [ "$(umask)" = 0022 ]; then umask 0077; fi

from_file MONGO_INITDB_ROOT_USERNAME
from_file MONGO_INITDB_ROOT_PASSWORD
if [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ -n "${MONGO_INITDB_ROOT_PASSWORD:-}" ]; then
    export STACKCTL_MONGO_AUTH=true
    # By environment, for this process alone: a flag would show in every process list.
    export FERRETDB_SETUP_DATABASE=admin FERRETDB_SETUP_USERNAME=$MONGO_INITDB_ROOT_USERNAME
    export FERRETDB_SETUP_PASSWORD=$MONGO_INITDB_ROOT_PASSWORD
elif [ -n "${MONGO_INITDB_ROOT_USERNAME:-}${MONGO_INITDB_ROOT_PASSWORD:-}" ]; then
    fail "missing 'MONGO_INITDB_ROOT_USERNAME' or 'MONGO_INITDB_ROOT_PASSWORD'" "both must be specified for a user to be created"
fi

# Scripts of the first run, with the server reachable from inside only, as in the official image.
shopt -s nullglob
scripts=(/docker-entrypoint-initdb.d/*.{sh,js})
stores=(/data/db/*.sqlite)
if [ ${#scripts[@]} -gt 0 ] && [ ${#stores[@]} = 0 ]; then
    mongod --bind_ip 127.0.0.1 &
    server=$!
    connect='const e = process.env, u = e.MONGO_INITDB_ROOT_USERNAME, c = encodeURIComponent;
        const login = u ? `${c(u)}:${c(e.MONGO_INITDB_ROOT_PASSWORD)}@` : "";
        db = connect(`mongodb://${login}127.0.0.1:27017/${e.MONGO_INITDB_DATABASE || "test"}?authSource=admin`);'
    for _ in {1..60}; do
        if mongosh --nodb --quiet --eval "$connect db.runCommand({ ping: 1 })" >/dev/null 2>&1; then break; fi
        sleep 0.5
    done
    for script in "${scripts[@]}"; do
        echo "$0: running $script"
        case $script in
        *.sh) . "$script" ;;
        *.js) INIT_SCRIPT=$script mongosh --nodb --quiet --eval "$connect load(process.env.INIT_SCRIPT)" ;;
        esac
    done
    kill "$server"
    wait "$server" || true
fi
unset MONGO_INITDB_ROOT_PASSWORD

# Every address, unless the command says otherwise: the official entrypoint adds the same.
case " $* " in *" --bind_ip"*) ;; *) set -- "$@" --bind_ip_all ;; esac
exec "$@"
