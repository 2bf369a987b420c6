#!/bin/sh
# Given the container's command, runs it as the official image does: options or a *.conf alone mean redis-server, and a
# start as root hands /data to uid 999 first and drops to it.
set -e

case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis:redis '{}' +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi

if [ "${1:-}" = redis-server ]; then
    # The official build answers other hosts without a password unless told otherwise; Debian's refuses them.
    # A setting of the user's own, as an option or in the configuration file, stands.
    case " $* " in
    *" --protected-mode "*) ;;
    # These must stand alone: beside another option the server takes them for settings and refuses to start.
    *" --version "* | *" -v "* | *" --help "* | *" -h "* | *" --test-memory "* | *" --check-system "*) ;;
    *)
        conf=
        case ${2:-} in -*) ;; *) conf=${2:-} ;; esac
        if [ -z "$conf" ] || ! grep -Eiqs '^[[:space:]]*protected-mode[[:space:]]' "$conf"; then
            set -- "$@" --protected-mode no
        fi
        ;;
    esac
fi

# Files of a store are for its owner only, unless the container set another mask.
if [ "$(umask)" = 0022 ]; then umask 0077; fi
exec "$@"
