"""The login of PostgreSQL in files that came from elsewhere, and whether it opens the server that runs over them."""

from __future__ import annotations

from stackctl.services.saving.base import Helper, Subject

# In the single-user mode nobody is asked who he is, and no role of the set has to be known. Its statements stand on one
# line each. The server refuses to run as root, so it runs as the owner of the files; what the images have for that
# differs. What it prints of a statement that fails would hold the password: only the reason is passed on.
_SET = r"""set -eu
umask 077
IFS= read -r password
cd "/store/${SAVE_SUB:-}"
if [ ! -s PG_VERSION ]; then echo '{"set": false}'; exit 0; fi
uid=$(stat -c %u PG_VERSION)
gid=$(stat -c %g PG_VERSION)
if ! grep -q "^[^:]*:[^:]*:$uid:" /etc/passwd; then
    echo "error: its files belong to user $uid, whom its image does not know: take the set's logins, --with-users" >&2
    exit 1
fi
as() {
    if command -v setpriv > /dev/null && setpriv --reuid="$uid" true 2> /dev/null; then
        setpriv --reuid="$uid" --regid="$gid" --clear-groups "$@"
    elif command -v gosu > /dev/null; then gosu "$uid:$gid" "$@"
    else su-exec "$uid:$gid" "$@"; fi
}
text() { printf %s "$1" | sed -e "s/'/''/g" -e 's/\\/\\\\/g'; }
name() { printf %s "$1" | sed -e 's/"/""/g'; }
{
    printf "DO \$stackctl\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = E'%s')" "$(text "$SAVE_USER")"
    printf ' THEN CREATE ROLE "%s" SUPERUSER; END IF; END $stackctl$\n' "$(name "$SAVE_USER")"
    printf "ALTER ROLE \"%s\" LOGIN PASSWORD E'%s'\n" "$(name "$SAVE_USER")" "$(text "$password")"
} > /tmp/statements
code=0
as postgres --single -D "$PWD" -c exit_on_error=on -c log_statement=none -c log_min_duration_statement=-1 \
    -c log_min_error_statement=panic -c logging_collector=off template1 < /tmp/statements > /tmp/log 2>&1 || code=$?
[ "$code" = 0 ] || { grep -E '(ERROR|FATAL|PANIC):' /tmp/log >&2 || echo "error: exit code $code" >&2; exit 1; }
"""
# Not by the loopback: there the image's own rules ask nobody for a password. A server that lets nobody in from there,
# or only with TLS, has said nothing about the password.
_ENTER = r"""set -eu
IFS= read -r PGPASSWORD
export PGPASSWORD PGCONNECT_TIMEOUT=5
address=$(hostname -i | cut -d ' ' -f 1)
attempt=0
while :; do
    if psql -X -q -h "${address:-127.0.0.1}" -p "$SAVE_PORT" -U "$SAVE_USER" -d postgres -c 'SELECT 1' \
        > /dev/null 2> /tmp/said < /dev/null; then exit 0; fi
    case $(cat /tmp/said) in
    *'password authentication failed'* | *'role "'*'does not exist'*)
        echo 'error: the login of this environment is refused' >&2
        exit 1
        ;;
    *'FATAL:'*'starting up'* | *'FATAL:'*'not yet accepting'*) ;;
    *FATAL:*) exit 0 ;;
    esac
    attempt=$((attempt + 1))
    [ "$attempt" -lt 20 ] || { echo "error: $(tail -n 1 /tmp/said)" >&2; exit 1; }
    sleep 0.5
done
"""


def set_again(sub: str) -> Helper:
    """Give the helper that makes the login right in a store; `sub` is where in it the cluster lies."""
    capabilities = ("SETUID", "SETGID", "DAC_READ_SEARCH")
    return Helper(_SET, image="service", store="rw", login=True, capabilities=capabilities, variables={"SAVE_SUB": sub})


def enter(subject: Subject) -> Helper:
    """Give the helper that logs in."""
    port = subject.variables.get("PGPORT", "")
    variables = {"SAVE_PORT": port if port.isdigit() else "5432"}
    return Helper(_ENTER, image="service", network=True, login=True, variables=variables)
