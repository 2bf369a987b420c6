"""A project with three stores that are written to all the time, and the rule that holds after every fault."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tests.engine.cli import Cli, Json, container, docker, ended, eventually, finish, run_in, states

# A writer without a driver: an insert of MongoDB's protocol and an INCR of Redis, twenty times a second.
WRITER = """
import socket, struct, time

def text(value):
    return struct.pack("<i", len(value) + 1) + value.encode() + b"\\0"

def document(*fields):
    body = b"".join(fields)
    return struct.pack("<i", len(body) + 5) + body + b"\\0"

def insert(number):
    row = document(b"\\x10n\\0" + struct.pack("<i", number))
    rows = document(b"\\x030\\0" + row)
    names = b"\\x02insert\\0" + text("ticks"), b"\\x04documents\\0" + rows, b"\\x02$db\\0" + text("live")
    body = struct.pack("<I", 0) + b"\\0" + document(*names)
    return struct.pack("<iiii", 16 + len(body), number, 0, 2013) + body

number = 0
while True:
    try:
        with socket.create_connection(("db", 27017), 5) as db, socket.create_connection(("cache", 6379), 5) as cache:
            while True:
                number += 1
                db.sendall(insert(number))
                db.recv(65536)
                cache.sendall(b"INCR live\\r\\n")
                cache.recv(65536)
                time.sleep(0.05)
    except OSError:
        time.sleep(0.3)
"""
FILER = (
    "n=0; while :; do n=$((n + 1)); [ -d /srv/live ] || mkdir -p /srv/live;"
    ' echo "$n" > /srv/live/$((n % 9)); sleep 0.05; done'
)

COMPOSE = f"""
services:
  db:
    image: stackctl/mongodb:local
    volumes: [dbdata:/data/db]
    stop_grace_period: 5s
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes"]
    volumes: [cachedata:/data]
  files:
    image: stackctl/tools:local
    command: [sh, -c, {json.dumps(FILER.replace("$", "$$"))}]
    init: true
    stop_grace_period: 2s
    volumes: [filedata:/srv]
    healthcheck: {{test: [CMD, test, -e, /srv/good], interval: 1s, retries: 2, start_period: 5s}}
  app:
    image: stackctl/tools:local
    command: [python3, -c, {json.dumps(WRITER.replace("$", "$$"))}]
    init: true
    stop_grace_period: 1s
    depends_on: [db, cache, files]
volumes: {{dbdata: , cachedata: , filedata: }}
"""
RUNS = {"app": "running", "cache": "running", "db": "running", "files": "running (healthy)"}

# By the client that the tools image has: MongoDB's shell was half of all that these tests computed.
_CLIENT = """
import json, sys
from pymongo import MongoClient
client = MongoClient("db", 27017, directConnection=True)
shop = client["shop"]
"""
_PUT = """
word = sys.argv[1]
client.drop_database("shop")
for number in range(6):
    for name in (f"same{number}", f"{word}{number}"):
        shop[name].insert_many([{"_id": key, "word": word, "text": "x" * key} for key in range(40)])
shop["same0"].create_index("word")
"""
_STATE = """
found = {
    name: [shop[name].count_documents({}), ",".join(shop[name].distinct("word")), len(list(shop[name].list_indexes()))]
    for name in sorted(shop.list_collection_names())
}
print(json.dumps([found, sorted(client["live"].list_collection_names())]))
"""
_WRITTEN = 'print(client["live"]["ticks"].count_documents({}))'
State = tuple[str, str, str]


def names(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()] if Path(folder).exists() else []


@dataclass
class Shop:
    """The running project. `first` is what the set `base` holds, `vault` a copy of it."""

    cli: Cli
    base: str = ""
    vault: Path = Path()
    first: State = ("", "", "")

    @property
    def name(self) -> str:
        return self.cli.folder.name

    @property
    def kept(self) -> Path:
        """Where stackctl keeps what outlives the checkout."""
        return self.cli.home / "projects" / self.name

    def mongo(self, script: str, *, base: str = "shop", code: str = "") -> str:
        words = f'db = connect("mongodb://127.0.0.1/{base}"); const word = "{code}"; {script}'
        return run_in(container(self.name, "db"), 'HOME=/tmp mongosh --quiet --norc --nodb --eval "$1"', words)

    def _asked(self, script: str, *words: str) -> str:
        return run_in(container(self.name, "files"), 'exec python3 -c "$@"', f"{_CLIENT}{script}", *words)

    def put(self, word: str) -> State:
        """Replace the fixed data of all three stores, and give how it looks now."""
        self._asked(_PUT, word)
        script = (
            "redis-cli --raw KEYS 'd-*' | xargs -r redis-cli DEL > /dev/null;"
            "for i in $(seq 300); do echo SET d-$1-$i $i; done | redis-cli > /dev/null"
        )
        run_in(container(self.name, "cache"), script, word)
        script = "cd /srv && rm -rf d-* && mkdir d-$1 && for i in $(seq 40); do echo $1 $i > d-$1/$i; done; touch good"
        run_in(container(self.name, "files"), script, word)
        return self.state()

    def state(self) -> State:
        """The fixed data as texts that can be compared; what the writers write is not in it.

        Names that a restore makes beside the live ones would be.
        """
        keys = run_in(container(self.name, "cache"), "redis-cli --raw KEYS 'd-*' | sort | sha256sum")
        listing = (
            "cd /srv && find . -path ./live -prune -o -print | sort && stat -c %a:%u . &&"
            " find d-* -type f -exec sha256sum {} + | sort"
        )
        return self._asked(_STATE), keys, run_in(container(self.name, "files"), listing)

    def written(self) -> tuple[int, int]:
        """How much the writer has written: documents and increments."""
        rows = self._asked(_WRITTEN)
        return int(rows), int(run_in(container(self.name, "cache"), "redis-cli GET live") or 0)

    def sets(self) -> Json:
        return self.cli("backups", "--json").data

    def helpers(self) -> str:
        return docker("ps", "-aq", "--filter", f"label=stackctl.helper={self.name}")

    def well(self) -> None:
        """The part of the rule that holds for every fault, once one more command has run."""
        assert eventually(lambda: states(self.name) == RUNS or None, f"as before, not {states(self.name)}")
        assert not [name for name in names(str(self.kept / "backups")) if name.startswith(".partial")]
        self.cli("backups", "verify", "--all", "-q")
        assert self.helpers() == ""
        assert docker("volume", "ls", "-q", "--filter", f"label=stackctl.helper={self.name}") == ""
        assert not (self.kept / "backup-journal.json").exists()
        assert ".stackctl" not in run_in(container(self.name, "files"), "ls -A /srv")

    def old_or_new(self, *states_allowed: State) -> None:
        """Each of these is right as a whole; a mix of two is not."""
        now = self.state()
        assert now in states_allowed, f"a mix: {now}"

    def journal(self) -> Json:
        try:
            found: Json = json.loads((self.kept / "backup-journal.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    def hit(self, phase: str, delay: float, *words: str, how: tuple[signal.Signals, ...] = (signal.SIGKILL,)) -> int:
        """Start a command; this long after its journal says `phase` send the signals. Give the exit code.

        `phase` is `backup`, or that of a restore: begun, swap, commit; empty for at once.
        """
        with ended(self.cli.start(*words, "--json")) as process:
            while phase and process.poll() is None:
                facts = self.journal()
                if phase in (facts.get("phase"), facts.get("operation") if "phase" not in facts else ""):
                    break
                time.sleep(0.005)
            time.sleep(delay)
            for number in how:
                if process.poll() is None:
                    process.send_signal(number)
                    time.sleep(0.3 if len(how) > 1 else 0)
            return finish(process).code

    def pruned(self) -> None:
        """Leave no set but the base, as it was made: else each check of all sets takes longer than the last."""
        folder = self.kept / "backups"
        for name in names(str(folder)):
            shutil.rmtree(folder / name)
        if self.base:
            shutil.copytree(self.vault, folder / self.base)


@dataclass(frozen=True)
class Turn:
    """One of the repeats of a test, with chance of its own; the number finds a moment again."""

    number: int

    @property
    def chance(self) -> random.Random:
        return random.Random(self.number or os.getpid())
