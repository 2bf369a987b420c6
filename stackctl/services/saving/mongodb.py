"""MongoDB by mongodump and mongorestore, run from the service's own image so that the tools fit the server.

Everything else is asked of the server by `mongodb_inside`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

from stackctl.services.saving import mongodb_login
from stackctl.services.saving.base import SIDE, Consistency, Counts, Helper, Proof, Subject, Trial
from stackctl.services.saving.mongodb_archive import ArchiveWalk
from stackctl.services.saving.mongodb_oplog import outside
from stackctl.services.saving.swap import WRITE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from stackctl.services.saving.base import Walk

# The login comes as the first line of the input: arguments show in `ps`, variables in `docker inspect`. JSON is YAML,
# which is what the tools' --config reads.
_LOGIN = """set -eu
umask 077
IFS= read -r login
printf '%s\\n' "$login" > /tmp/login
"""
_WITH = '${SAVE_USER:+--username "$SAVE_USER" --authenticationDatabase admin --config /tmp/login}'

# A server whose disk is full cannot even drop what filled it: this much is kept for that until a restore has ended.
# Where root may not write to its disk, as on NFS, nothing is kept.
_RESERVE = f"""keep=/store/{SIDE}
if ! {{ mkdir -p "$keep" && head -c {4 << 20} /dev/urandom > "$keep/reserve"; }} 2> /tmp/why; then
    rm -rf "$keep" 2> /dev/null || true
    if grep -qi 'no space left' /tmp/why; then
        echo 'error: no space left for what is restored' >&2
        exit 1
    fi
fi
"""


class MongoSaver:
    """A running MongoDB; users and roles stay with the server they belong to."""

    kind = "mongodb"
    suffix = "archive"
    online = True
    stop = False
    tool = "mongodump"
    why = ""
    online_restore = True

    def login_line(self, password: str) -> bytes:
        """Give the first line of a helper's input."""
        return json.dumps({"password": password} if password else {}).encode() + b"\n"

    def look(self, subject: Subject) -> Helper | None:
        """See Saver.look."""
        return _talk("look", SAVE_SIDE=subject.side)

    def dump(self, subject: Subject) -> Helper:
        """See Saver.dump."""
        more = " --oplog" if _with_oplog(subject) else ""
        script = f"{_LOGIN}exec mongodump {_WITH} --host 127.0.0.1 --port 27017 --archive{more} < /dev/null\n"
        return Helper(script, image="service", network=True, login=True)

    def walk(self) -> Walk:
        """See Saver.walk."""
        return ArchiveWalk()

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """See Saver.judge: mongodump of a collection that it cannot see writes nothing and exits 0."""
        lost = sorted(set(subject.state.get("names", ())) - set(proof.counts))
        if _with_oplog(subject) and "oplog" not in proof.facts:
            lost.append("the oplog")
        return [f"the dump lacks {', '.join(lost)}"] if lost else []

    def counts(self, proof: Proof, said: str) -> Counts:
        """Give documents per collection; the server's own databases are not restored and not counted."""
        return {name: count for name, count in proof.counts.items() if _ours(name)}

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """See Saver.consistency: a dump reads for a while, and only the oplog says what was written meanwhile."""
        if "oplog" in proof.facts:
            return "point-in-time"
        return "quiesced" if quiet else "fuzzy"

    def own_login(self, subject: Subject) -> Helper | None:
        """See Saver.own_login: only where its files came; an archive is restored without users."""
        return mongodb_login.set_again(subject)

    def enter(self, subject: Subject) -> Helper | None:
        """See Saver.enter."""
        return self.look(subject)

    def users(self, *, local: bool) -> str:
        """See Saver.users."""
        if local:
            return "cannot be restored: the server of the local image takes no users and roles back"
        return "in the archive; a restore leaves those of the server as they are"

    def trial(self, subject: Subject, image: str) -> Trial:
        """See Saver.trial: a fresh server, without any user."""
        return Trial(_talk("settle"), self.count(subject))

    def count(self, subject: Subject) -> Helper:
        """See Saver.count: mongorestore has counted what it staged, and fails where that is not all."""
        return _talk("count", **_marks(subject))

    def stage(self, subject: Subject) -> Helper:
        """Give the helper that restores into side names of the same databases."""
        only = "".join(f" --nsInclude '{name if '.' in name else name + '.*'}'" for name in subject.only)
        # Capped collections are about the order in which things came. Sets of before do not say whether there are some.
        workers = 4 if subject.state.get("capped") == [] else 1
        script = (
            f"{_LOGIN}{_RESERVE if subject.target else ''}"
            f"exec mongorestore {_WITH} --host 127.0.0.1 --port 27017 --archive --stopOnError"
            f" --numInsertionWorkersPerCollection {workers}"
            f" --nsExclude 'admin.*' --nsExclude 'config.*'{only}"
            f" --nsFrom '$db$.$coll$' --nsTo '$db$.__r{subject.side}_$coll$' >&2\n"
        )
        return _storing(Helper(script, image="service", network=True, login=True), subject)

    def replays(self, facts: Mapping[str, Any]) -> int:
        """See Replaying.replays."""
        oplog = facts.get("oplog")
        entries = oplog.get("entries") if isinstance(oplog, dict) else 0
        return entries if isinstance(entries, int) else 0

    def replay(self, subject: Subject) -> Helper:
        """See Replaying.replay: mongorestore replays only a whole archive, under its own names, users included."""
        script = (
            f"{_LOGIN}exec mongorestore {_WITH} --host 127.0.0.1 --port 27017 --archive --oplogReplay --stopOnError"
            " >&2\n"
        )
        return Helper(script, image="service", network=True, login=True)

    def replayed_wrong(self, saved: Counts, facts: Mapping[str, Any], found: Counts) -> list[str]:
        """See Replaying.replayed_wrong."""
        return outside(saved, facts["oplog"], found, _ours)

    def differences(self, wanted: Counts, found: Counts) -> list[str]:
        """Give the collections whose documents are not as many as were saved."""
        return [
            f"{name} has {found.get(name, 'no')} documents instead of {count}"
            for name, count in wanted.items()
            if found.get(name, -1) != count
        ]

    def again(self, subject: Subject) -> Helper | None:
        """See Saver.again: only its server can read its files."""
        return None

    def swap(self, subject: Subject) -> Helper:
        """Give the helper that renames the live ones aside and the staged ones in."""
        return _talk("swap", **_marks(subject))

    def undo(self, subject: Subject) -> Helper:
        """Give the helper that brings the live ones back and drops what came."""
        return _storing(_talk("undo", **_marks(subject)), subject)

    def commit(self, subject: Subject) -> Helper:
        """Give the helper that drops what was put aside."""
        return _storing(_talk("commit", **_marks(subject)), subject)


def _with_oplog(subject: Subject) -> bool:
    """Say whether to save what is written meanwhile: the member of a replica set can, where nobody is held still."""
    return bool(subject.state.get("set")) and not subject.quiet


def _storing(helper: Helper, subject: Subject) -> Helper:
    """Give it the server's own disk too, where there is one, for what is kept free there."""
    return replace(helper, store="rw", capabilities=WRITE) if subject.target else helper


def _talk(do: str, **variables: str) -> Helper:
    program = resources.files(__package__ or "").joinpath("mongodb_inside.py").read_text(encoding="utf-8")
    return Helper(program, program="python3", network=True, login=True, variables={"SAVE_DO": do, **variables})


def _marks(subject: Subject) -> dict[str, str]:
    before, arriving = (list(subject.state.get(key, ())) for key in ("before", "arriving"))
    return {
        "SAVE_SIDE": subject.side,
        "SAVE_ONLY": json.dumps(list(subject.only)),
        "SAVE_BEFORE": json.dumps(before),
        "SAVE_ARRIVING": json.dumps(arriving if subject.exchanging else []),
        "SAVE_BASES": json.dumps(sorted({name.partition(".")[0] for name in (*before, *arriving)})),
    }


def _ours(name: str) -> bool:
    base, _, collection = name.partition(".")
    return base not in ("admin", "config", "local") and not collection.startswith("system.")
