"""Redis by its own snapshot: BGSAVE with all its signs, then the file that it wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.services.saving import swap
from stackctl.services.saving.base import Consistency, Counts, Damaged, Helper, Proof, Subject, Trial
from stackctl.services.saving.volume import READ

if TYPE_CHECKING:
    from stackctl.services.saving.base import Walk

# -e: without it redis-cli exits 0 on an error answer.
_LOGIN = """set -eu
IFS= read -r REDISCLI_AUTH
if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi
r() { redis-cli -e --no-auth-warning "$@" < /dev/null; }
# First of all: what asks through a pipe gets nothing from a server that refuses, and would wait for ever.
said=$(r INFO server 2>&1) || { echo "Redis refuses: $said" >&2; exit 1; }
info() { r INFO "$1" | tr -d '\\r' | sed -n "s/^$2://p"; }
get() { r CONFIG GET "$1" | tr -d '\\r' | sed -n 2p; }
"""
_LOOK = (
    _LOGIN
    + """version=$(info server redis_version)
form='{"version":"%s","dir":"%s","dbfilename":"%s","appendonly":"%s","appenddirname":"%s","appendfilename":"%s",'
form="$form"'"aclfile":"%s"}'
printf "$form\\n" "$version" "$(get dir)" "$(get dbfilename)" \\
    "$(get appendonly)" "$(get appenddirname)" "$(get appendfilename)" "$(get aclfile)"
"""
)
# LASTSAVE alone waits for ever when a save fails; rdb_saves alone counts failed ones too.
_DUMP = (
    _LOGIN
    + """saves() { info persistence rdb_saves; }
gone() { echo 'Redis does not answer any more' >&2; exit 1; }
idle() { busy=$(info persistence rdb_bgsave_in_progress); [ -n "$busy" ] || gone; [ "$busy" = 0 ]; }
until idle; do sleep 0.1; done
before=$(saves)
[ -n "$before" ] || { echo 'this Redis does not count its saves (older than 7.0)' >&2; exit 1; }
r BGSAVE SCHEDULE > /dev/null
while now=$(saves); [ -n "$now" ] || gone; [ "$now" -le "$before" ] || ! idle; do sleep 0.1; done
status=$(info persistence rdb_last_bgsave_status)
[ "$status" = ok ] || { echo "Redis could not save: $status" >&2; exit 1; }
exec 3< "$SAVE_FILE"
redis-check-rdb /proc/self/fd/3 >&2
echo "stackctl-size $(stat -L -c %s /proc/self/fd/3)" >&2
exec cat <&3
"""
)
_COUNT = (
    _LOGIN
    + """r INFO keyspace | tr -d '\\r' | awk -F'[=,]' '/^db/ { keys += $2; volatile += $4 }
END { printf "{\\"keys\\":%d,\\"expires\\":%d}\\n", keys, volatile }'
"""
)
# With `appendonly yes` a dump.rdb alone is ignored and then overwritten. So the snapshot stands in both places, once.
_STAGE = (
    swap.BEGIN
    + """umask 077
cat > "$S/new/$SAVE_DB"
mkdir "$S/new/$SAVE_AOF_DIR"
ln "$S/new/$SAVE_DB" "$S/new/$SAVE_AOF_DIR/$SAVE_AOF.1.base.rdb"
printf 'file %s.1.base.rdb seq 1 type b\\n' "$SAVE_AOF" > "$S/new/$SAVE_AOF_DIR/$SAVE_AOF.manifest"
if [ -n "$SAVE_ACL" ] && [ -f "./$SAVE_ACL" ]; then cp -p "./$SAVE_ACL" "$S/new/$SAVE_ACL"; fi
chown -R --reference=. "$S/new"
chmod --reference=. "$S/new"
sync -f "$S/new"
printf '{"bytes": %s, "sha256": "%.64s"}\\n' "$(stat -c %s "$S/new/$SAVE_DB")" "$(sha256sum < "$S/new/$SAVE_DB")"
"""
)


class RdbWalk:
    """Checks the frame of an RDB file: its head, and the mark and checksum at its end."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._bytes = 0

    def feed(self, data: bytes) -> None:
        """See Walk.feed."""
        if len(self._head) < 9:
            self._head = (self._head + data)[:9]
        self._tail = (self._tail + data)[-9:]
        self._bytes += len(data)

    def end(self) -> Proof:
        """See Walk.end."""
        if not re.fullmatch(rb"(?:REDIS|VALKEY)\d+.*", self._head, re.DOTALL):
            raise Damaged("this is no RDB file")
        # The end mark 0xFF and eight bytes of checksum; `redis-cli --rdb -` would put 40 bytes more behind them.
        if self._bytes < 18 or self._tail[0] != 0xFF:
            raise Damaged("the RDB file has no end mark")
        return Proof({}, {"rdb_version": self._head[5:9].decode("ascii", "replace")})


class RedisSaver(swap.StoreSwap):
    """A running Redis or Valkey."""

    kind = "redis"
    suffix = "rdb"
    online = True
    stop = False
    tool = "BGSAVE"
    why = ""

    def again(self, subject: Subject) -> Helper | None:
        """See Saver.again: the digest of the file is made as it is staged."""
        return None

    def login_line(self, password: str) -> bytes:
        """Give the first line of a helper's input."""
        return password.encode() + b"\n"

    def look(self, subject: Subject) -> Helper | None:
        """See Saver.look."""
        return Helper(_LOOK, image="service", network=True, login=True)

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump."""
        variables = {"SAVE_FILE": f"/store/{below(subject)}{subject.state['dbfilename']}"}
        return Helper(
            _DUMP, image="service", network=True, login=True, store="ro", variables=variables, capabilities=READ
        )

    def walk(self) -> Walk:
        """See Saver.walk."""
        return RdbWalk()

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """See Saver.judge."""
        size = re.search(r"^stackctl-size (\d+)$", said, re.MULTILINE)
        if not size:
            return ["the snapshot's size was not said"]
        got = int(proof.facts["stream_bytes"])
        return [] if int(size[1]) == got else [f"the snapshot has {size[1]} bytes and {got} arrived"]

    def counts(self, proof: Proof, said: str) -> Counts:
        """Give what redis-check-rdb counted in the very file."""
        return {
            name: int(found[1]) if (found := re.search(rf"(\d+) {word}", said)) else 0
            for name, word in (("keys", "keys read"), ("expires", "expires"), ("expired", "already expired"))
        }

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """See Saver.consistency: the snapshot is a fork, one moment."""
        return "point-in-time"

    def own_login(self, subject: Subject) -> Helper | None:
        """See Saver.own_login: its logins are not among the data that is restored."""
        return None

    def enter(self, subject: Subject) -> Helper | None:
        """See Saver.enter."""
        return self.look(subject)

    def users(self, *, local: bool) -> str:
        """See Saver.users."""
        return "not in the set: they stand in the server's configuration or its ACL file"

    def trial(self, subject: Subject, image: str) -> Trial:
        """See Saver.trial: with the log on, as most run it, so that the way of the restore is tried too."""
        words = ("redis-server", "--appendonly", "yes", "--dir", subject.target, "--protected-mode", "no")
        return Trial(Helper(_LOOK, image="service", network=True, login=True), self.count(subject), words)

    def count(self, subject: Subject) -> Helper:
        """Give the helper that counts the live keys."""
        return Helper(_COUNT, image="service", network=True, login=True)

    def stage(self, subject: Subject) -> Helper:
        """Give the helper that puts the snapshot into the store's side folder."""
        state = subject.state
        variables = {
            "SAVE_SUB": below(subject),
            "SAVE_DB": str(state.get("dbfilename") or "dump.rdb"),
            "SAVE_AOF_DIR": str(state.get("appenddirname") or "appendonlydir"),
            "SAVE_AOF": str(state.get("appendfilename") or "appendonly.aof"),
            "SAVE_ACL": _beside(subject),
        }
        if any("/" in name or name in (".", "..") for name in (variables[key] for key in _NAMES)):
            raise Damaged("the names of its files lead out of its folder")
        return Helper(_STAGE, store="rw", variables=variables, capabilities=swap.WRITE)

    def below(self, subject: Subject) -> str:
        """See StoreSwap.below."""
        return below(subject)

    def differences(self, wanted: Counts, found: Counts) -> list[str]:
        """Give how the live or staged keys differ from the saved ones.

        Keys with a time to live may have ended since; the others must all be there.
        """
        if "keys" not in found:
            return []  # staged: the file's own length and digest have said it
        lasting = wanted["keys"] - wanted["expires"]
        now = found["keys"] - found["expires"]
        wrong = [] if now == lasting else [f"{now} keys without a time to live instead of {lasting}"]
        more = found["expires"] > wanted["expires"]
        return [*wrong, f"{found['expires']} keys that end instead of at most {wanted['expires']}"] if more else wrong


_NAMES = ("SAVE_DB", "SAVE_AOF_DIR", "SAVE_AOF")


def _beside(subject: Subject) -> str:
    """Give the name of an ACL file beside the data: the logins of the server, which stay. Empty where it is elsewhere.

    One in a folder of its own below is left out: nobody does that, and it would be moved aside with the folder.
    """
    state = subject.state
    given = str(state.get("aclfile") or "")
    folder = str(state.get("dir") or subject.target).rstrip("/")
    name = given.removeprefix(f"{folder}/")
    return "" if "/" in name else name


def below(subject: Subject) -> str:
    """Give where in the store the server keeps its data: empty, or `folder/`. Raises Damaged where it is elsewhere."""
    folder, target = str(subject.state.get("dir") or subject.target).rstrip("/"), subject.target.rstrip("/")
    if folder == target:
        return ""
    if not folder.startswith(f"{target}/") or ".." in folder.split("/"):
        raise Damaged(f"its folder {folder} is not in a volume")
    return folder.removeprefix(f"{target}/") + "/"
