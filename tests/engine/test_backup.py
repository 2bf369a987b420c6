"""Backup and restore on real services of a plain Compose project, through the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.cli import Cli, container, docker, plain_environment, put, run_in, states

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup")]

PASSWORD = "a-redis-password"
MONGO_PASSWORD = "a mongo 'password' with \"marks\": @/%"

COMPOSE = f"""
services:
  db:
    image: stackctl/mongodb:local
    environment: {{MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD_FILE: /run/secrets/db}}
    secrets: [db]
    volumes: [dbdata:/data/db]
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes", --requirepass, {PASSWORD}]
    volumes: [cachedata:/data]
  files:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    volumes: [filedata:/srv]
  app:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [db, cache, files]
secrets: {{db: {{file: ./db.secret}}}}
volumes: {{dbdata: , cachedata: , filedata: }}
"""

MAKE_FILES = """
cd /srv && mkdir -p a/b && echo hi > a/x && ln -s x a/soft && ln a/x a/hard && chown -R 1234:5678 a && chmod 2750 a
truncate -s 20M sparse && setfattr -n user.colour -v red a/x && setfacl -m u:77:r a/x && chmod 1777 .
"""
# Everything a copy may lose: kinds, modes, owners, links, content, attributes, ACLs, holes, and the root itself.
LIST_FILES = """
cd /srv && find . -printf '%P %y %m %U:%G %n %l\n' | sort && find . -type f -exec sha256sum {} + | sort
getfattr -R -d . 2>/dev/null; getfacl -Rn . 2>/dev/null; du -k sparse
"""


@dataclass(frozen=True)
class Shop:
    """The running project."""

    cli: Cli

    @property
    def name(self) -> str:
        return self.cli.folder.name

    def mongo(self, script: str) -> str:
        connect = (
            'const p = encodeURIComponent(require("fs").readFileSync("/run/secrets/db", "utf8").trim());'
            "db = connect(`mongodb://root:${p}@127.0.0.1:27017/admin`); s = db.getSiblingDB('shop');"
        )
        shell = ("mongosh", "--quiet", "--nodb", "--eval", connect + script)
        return docker("exec", "-e", "HOME=/tmp", container(self.name, "db"), *shell).strip()

    def redis(self, *words: str) -> str:
        found = container(self.name, "cache")
        return docker(
            "exec", "-e", f"REDISCLI_AUTH={PASSWORD}", found, "redis-cli", "--no-auth-warning", *words
        ).strip()

    def files(self, script: str) -> str:
        return run_in(container(self.name, "files"), script)

    def state(self) -> tuple[str, str, str]:
        """The whole data as texts that can be compared."""
        mongo = """print(EJSON.stringify(db.adminCommand({listDatabases: 1, nameOnly: true}).databases.map(d => d.name)
          .filter(n => !["admin", "config", "local"].includes(n)).map(n => [n, db.getSiblingDB(n).getCollectionInfos()
          .map(c => [c.name, db.getSiblingDB(n)[c.name].find().sort({_id: 1}).toArray(),
                     db.getSiblingDB(n)[c.name].getIndexes()])])))"""
        return self.mongo(mongo), self.redis("DEBUG", "DIGEST"), self.files(LIST_FILES)

    def fill(self) -> None:
        self.mongo(
            "s.items.insertMany(Array.from({length: 2000}, (_, k) => ({_id: k, v: 'x'.repeat(k % 90)})));"
            "s.items.createIndex({v: 1}); s.createCollection('empty');"
            "db.getSiblingDB('crm').people.insertOne({_id: 1})"
        )
        self.redis("EVAL", "for i = 1, 400 do redis.call('SET', 'k' .. i, i) end", "0")
        self.redis("HSET", "hash", "a", "1")
        self.files(MAKE_FILES)

    def change(self) -> None:
        self.mongo("s.items.deleteMany({_id: {$gt: 100}}); s.later.insertOne({_id: 1}); s.empty.drop()")
        self.redis("FLUSHALL")
        self.redis("SET", "other", "1")
        self.files("cd /srv && rm -rf a && echo new > new && chmod 700 . && chown 5 .")


@pytest.fixture
def shop(project: Callable[..., Cli]) -> Iterator[Shop]:
    cli = project(compose__yaml=COMPOSE.replace("redis-server,", "redis-server, --enable-debug-command, local,"))
    (cli.folder / "db.secret").write_text(MONGO_PASSWORD)
    cli("up", "-q")
    made = Shop(cli)
    made.fill()
    yield made


def folder_of(shop: Shop, set_id: str) -> Path:
    return Path(shop.cli("backups", "--json").data["folder"]) / set_id


def test_everything_comes_back_and_undo_brings_back_the_rest(shop: Shop) -> None:
    before = shop.state()
    made = shop.cli("backup", "--json").data
    assert made["verified"] == "full"
    counts = {item["service"]: item["counts"] for item in made["payloads"]}
    assert counts["db"] == {"crm.people": 1, "shop.empty": 0, "shop.items": 2000}
    assert counts["cache"]["keys"] == 401
    shop.change()
    changed = shop.state()
    refused = shop.cli("restore", "--json", code=7)
    assert refused.error["code"] == "needs-yes"
    assert shop.state() == changed, "a question that nobody answers changes nothing"
    done = shop.cli("restore", "--yes", "--json").data
    assert shop.state() == before
    assert states(shop.name) == dict.fromkeys(("app", "cache", "db", "files"), "running")
    safety = next(item for item in shop.cli("backups", "--json").data["sets"] if item["id"] == done["safety_copy"])
    assert safety["pinned"]
    shop.cli("restore", "undo", "--yes")
    assert shop.state() == changed
    docker("restart", container(shop.name, "cache"))
    assert shop.state() == changed, "and it stays after Redis has read its files again"


def test_a_set_is_read_with_stock_tools_alone(shop: Shop, tmp_path: Path) -> None:
    made = shop.cli("backup", "--json").data
    folder = Path(made["folder"])
    manifest = json.loads((folder / "manifest.json").read_text())
    for payload in manifest["payloads"]:
        said = subprocess.run(["sha256sum", folder / payload["file"]], capture_output=True, text=True, check=True)
        assert said.stdout.split()[0] == payload["stored"]["sha256"]
    copied = shutil.copytree(folder, tmp_path / "set")
    tools = ["docker", "run", "--rm", "--network=none", "-v", f"{copied}:/set:ro", "stackctl/tools:local", "sh", "-c"]
    listing = subprocess.run(
        [*tools, "zstd -dc /set/files.filedata.tar.zst | tar -t; zstd -dc /set/cache.rdb.zst | head -c 5"],
        capture_output=True, text=True, check=True, env=plain_environment(),
    )  # fmt: skip
    assert {"./a/x", "./a/soft", "./sparse"} <= set(listing.stdout.split())
    assert "REDIS" in listing.stdout
    shop.mongo("s.dropDatabase(); db.getSiblingDB('crm').dropDatabase()")
    plain = subprocess.run([*tools, "zstd -dc /set/db.archive.zst"], capture_output=True, check=True)
    login = 'IFS= read -r p; printf \'password: "%s"\' "$p" > /tmp/c; '
    restore = "mongorestore -u root --authenticationDatabase admin --config /tmp/c --nsExclude 'admin.*' --archive"
    subprocess.run(
        ["docker", "exec", "-i", container(shop.name, "db"), "sh", "-c", login + restore],
        input=MONGO_PASSWORD.replace('"', '\\"').encode() + b"\n" + plain.stdout,
        capture_output=True, check=True, env=plain_environment(),
    )  # fmt: skip
    assert shop.mongo("print(s.items.countDocuments({}))") == "2000"


def test_one_collection_of_a_set_comes_back_and_nothing_else(shop: Shop) -> None:
    shop.cli("backup", "db", "-q")
    shop.mongo("s.items.deleteMany({}); db.getSiblingDB('crm').people.deleteMany({}); s.later.insertOne({_id: 1})")
    refused = shop.cli("restore", "db", "--only", "shop.itmes", "--yes", "--json", code=2)
    assert refused.error["code"] == "unknown-collection"
    shop.cli("restore", "db", "--only", "shop.items", "--yes", "-q")
    assert shop.mongo("print(s.items.countDocuments({}), s.later.countDocuments({}))") == "2000 1"
    assert shop.mongo("print(db.getSiblingDB('crm').people.countDocuments({}))") == "0"


def test_a_damaged_set_is_refused_before_anything_is_touched(shop: Shop) -> None:
    made = shop.cli("backup", "cache", "--json").data
    path = Path(made["folder"]) / "cache.rdb.zst"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.chmod(0o600)
    path.write_bytes(data)
    shop.change()
    now = shop.state()
    refused = shop.cli("restore", made["id"], "--yes", "--json", code=8)
    assert refused.error["code"] == "damaged"
    assert "cache.rdb.zst" in refused.error["message"]
    assert shop.state() == now
    assert shop.cli("backups", "verify", made["id"], "--json", code=9).data["sets"] == [
        {"id": made["id"], "level": "full", "ok": False}
    ]


def test_services_that_do_not_run_are_saved_from_their_files(shop: Shop) -> None:
    docker("stop", container(shop.name, "db"))
    docker("pause", container(shop.name, "cache"))
    made = shop.cli("backup", "--json").data
    assert {item["file"]: item["consistency"] for item in made["payloads"]} == {
        "cache.cachedata.tar.zst": "quiesced",
        "db.dbdata.tar.zst": "quiesced",
        "files.filedata.tar.zst": "fuzzy",
    }
    assert states(shop.name)["cache"] == "paused"
    docker("unpause", container(shop.name, "cache"))


def test_wrong_words(shop: Shop) -> None:
    for words, code, says in (
        (("backup", "cahce"), 2, "cache"),
        (("backup", "app"), 2, "nothing to save"),
        (("backups", "verify", "2020-01-01"), 2, "no backups yet"),
        (("restore", "cache"), 2, "no backups yet"),
        (("restore", "undo"), 2, "no restore to undo"),
        (("restore", "nosuch"), 2, "nosuch"),
        (("restore", "cache", "--into", ""), 2, "no name for an instance"),
        (("restore", "compose.yaml"), 8, "no whole set"),
    ):
        assert says in shop.cli(*words, code=code).text
    put(shop.cli.folder / "compose.override.yaml", "x-stackctl: {backup: {dir: /proc/backups}}\n")
    for _again in range(2):
        refused = shop.cli("backup", "cache", "--yes", code=8)
        assert "no set was made" in refused.err
        assert "interrupted" not in refused.err, "what failed cleanly left nothing to put right"
