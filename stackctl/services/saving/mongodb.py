"""MongoDB by mongodump and mongorestore, run from the service's own image so that the tools fit the server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stackctl.services.saving import mongodb_login
from stackctl.services.saving.base import Consistency, Counts, Helper, Proof, Subject, Trial
from stackctl.services.saving.mongodb_archive import ArchiveWalk
from stackctl.services.saving.mongodb_oplog import outside

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
_CONNECT = """
const fs = require("fs");
const user = process.env.SAVE_USER || "";
const secret = user ? JSON.parse(fs.readFileSync("/tmp/login", "utf8")).password : "";
const at = user ? `${encodeURIComponent(user)}:${encodeURIComponent(secret)}@` : "";
const side = process.env.SAVE_SIDE || "";
const mine = (name) => /^__[ro][0-9a-f]{8}_/.test(name);
const skip = (base) => ["admin", "local", "config"].includes(base);
let admin;
try {
  admin = connect(`mongodb://${at}127.0.0.1:27017/admin?serverSelectionTimeoutMS=5000`);
} catch (error) {
  process.stderr.write(`${error.name}: ${error.message}`.split(at || "\\0").join("***") + "\\n");
  quit(1);
}
const run = (base, command) => {
  const answer = admin.getSiblingDB(base).runCommand(command);
  if (answer.ok !== 1) throw new Error(answer.errmsg || JSON.stringify(command));
  return answer;
};
const bases = () => run("admin", { listDatabases: 1, nameOnly: true })
  .databases.map((item) => item.name).filter((name) => !skip(name));
const listed = (base) => admin.getSiblingDB(base).getCollectionInfos()
  .filter((info) => !info.name.startsWith("system.") || info.name === "system.js");
const all = () => bases().flatMap((base) => listed(base).map((info) => ({ base, ...info })));
"""
_LOOK = """
const found = all().filter((info) => !mine(info.name));
let set = "";
try { set = run("admin", { hello: 1 }).setName || ""; } catch (error) { set = ""; }
print(JSON.stringify({
  version: admin.version(), set,
  names: found.filter((info) => info.type !== "view").map((info) => `${info.base}.${info.name}`).sort(),
  views: found.filter((info) => info.type === "view").map((info) => `${info.base}.${info.name}`).sort(),
}));
"""
# A throw-away server must not remove what has passed its time before it was counted; not every server can be told.
_SETTLE = (
    """
try { run("admin", { setParameter: 1, ttlMonitorEnabled: false }); } catch (error) { }
"""
    + _LOOK
)
_COUNT = """
const prefix = process.env.SAVE_PREFIX || "";
const counts = {};
for (const info of all().filter((info) => info.type === "collection" || !info.type)) {
  if (prefix ? !info.name.startsWith(prefix) : mine(info.name)) continue;
  counts[`${info.base}.${info.name.slice(prefix.length)}`] =
    Number(admin.getSiblingDB(info.base).getCollection(info.name).countDocuments({}));
}
print(JSON.stringify(counts));
"""
# One rename per collection; each name says what it is, so that a script that was killed goes on where it stopped.
_MOVE = """
const moved = (base, from, to) => {
  const info = listed(base).find((item) => item.name === from);
  if (!info) return;
  if (info.type === "view") {
    run(base, { create: to, viewOn: info.options.viewOn, pipeline: info.options.pipeline || [] });
    run(base, { drop: from });
  } else {
    run("admin", { renameCollection: `${base}.${from}`, to: `${base}.${to}`, dropTarget: false });
  }
};
const [coming, going] = [`__r${side}_`, `__o${side}_`];
const only = JSON.parse(process.env.SAVE_ONLY || "[]");
const wanted = (base, name) => !only.length || only.some((one) => one === base || one === `${base}.${name}`);
"""
_SWAP = (
    _MOVE
    + """
for (const info of all().filter((info) => !mine(info.name) && wanted(info.base, info.name))) {
  moved(info.base, info.name, going + info.name);
}
for (const info of all().filter((info) => info.name.startsWith(coming))) {
  moved(info.base, info.name, info.name.slice(coming.length));
}
print("{}");
"""
)
# What came in has no mark of its own any more: it is what arrives, was not there before and is staged no longer. Both
# lists stand in the journal. What is staged still never came in: a live one of its name is somebody's, made meanwhile.
_UNDO = (
    _MOVE
    + """
const before = new Set(JSON.parse(process.env.SAVE_BEFORE || "[]"));
const staged = new Set(all().filter((info) => info.name.startsWith(coming))
  .map((info) => `${info.base}.${info.name.slice(coming.length)}`));
for (const info of all().filter((info) => info.name.startsWith(going))) {
  const name = info.name.slice(going.length);
  if (listed(info.base).some((item) => item.name === name)) run(info.base, { drop: name });
  moved(info.base, info.name, name);
}
const arrived = new Set(JSON.parse(process.env.SAVE_ARRIVING || "[]"));
for (const info of all()) {
  const name = `${info.base}.${info.name}`;
  if (arrived.has(name) && !before.has(name) && !staged.has(name)) run(info.base, { drop: info.name });
}
for (const info of all().filter((info) => info.name.startsWith(coming))) run(info.base, { drop: info.name });
print("{}");
"""
)
_COMMIT = (
    _MOVE
    + """
for (const info of all().filter((info) => info.name.startsWith(going) || info.name.startsWith(coming))) {
  run(info.base, { drop: info.name });
}
print("{}");
"""
)


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
        return _shell(_LOOK)

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
        return Trial(_shell(_SETTLE), self.count(subject))

    def count(self, subject: Subject) -> Helper:
        """Give the helper that counts the live documents, or with `side` those that are staged."""
        prefix = f"__r{subject.side}_" if subject.side else ""
        return _shell(_COUNT, SAVE_PREFIX=prefix)

    def stage(self, subject: Subject) -> Helper:
        """Give the helper that restores into side names of the same databases."""
        only = "".join(f" --nsInclude '{name if '.' in name else name + '.*'}'" for name in subject.only)
        script = (
            f"{_LOGIN}exec mongorestore {_WITH} --host 127.0.0.1 --port 27017 --archive --stopOnError"
            f" --nsExclude 'admin.*' --nsExclude 'config.*'{only}"
            f" --nsFrom '$db$.$coll$' --nsTo '$db$.__r{subject.side}_$coll$' >&2\n"
        )
        return Helper(script, image="service", network=True, login=True)

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

    def swap(self, subject: Subject) -> Helper:
        """Give the helper that renames the live ones aside and the staged ones in."""
        return _shell(_SWAP, **_marks(subject))

    def undo(self, subject: Subject) -> Helper:
        """Give the helper that brings the live ones back and drops what came."""
        return _shell(_UNDO, **_marks(subject))

    def commit(self, subject: Subject) -> Helper:
        """Give the helper that drops what was put aside."""
        return _shell(_COMMIT, **_marks(subject))


def _with_oplog(subject: Subject) -> bool:
    """Say whether to save what is written meanwhile: the member of a replica set can, where nobody is held still."""
    return bool(subject.state.get("set")) and not subject.quiet


def _shell(script: str, **variables: str) -> Helper:
    text = (
        f"{_LOGIN}cat > /tmp/script.js <<'SAVE_END'\n{_CONNECT}{script}SAVE_END\n"
        "HOME=/tmp exec mongosh --quiet --norc --nodb /tmp/script.js < /dev/null\n"
    )
    return Helper(text, image="service", network=True, login=True, variables=variables)


def _marks(subject: Subject) -> dict[str, str]:
    return {
        "SAVE_SIDE": subject.side,
        "SAVE_ONLY": json.dumps(list(subject.only)),
        "SAVE_BEFORE": json.dumps(list(subject.state.get("before", ()))),
        "SAVE_ARRIVING": json.dumps(list(subject.state.get("arriving", ()) if subject.exchanging else ())),
    }


def _ours(name: str) -> bool:
    base, _, collection = name.partition(".")
    return base not in ("admin", "config", "local") and not collection.startswith("system.")
