"""Restores of data from elsewhere: another environment, another machine, a file, an instance beside the live one.

The target keeps its own logins. Two environments of one plain project stand for dev and prod, a second folder with a
STACKCTL_HOME of its own for another machine.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, Cli, Snapshot, container, docker, put, run_in, snapshot, states, sweep, volumes

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("restore-elsewhere")]

COMPOSE = """
services:
  db:
    image: stackctl/mongodb:local
    environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD_FILE: /run/secrets/db}
    secrets: [db]
    volumes: [dbdata:/data/db]
    ports: ["27017"]
  board:
    image: stackctl/grafana:local
    environment: {GF_SECURITY_ADMIN_USER: boss, GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/board}
    secrets: [board]
    volumes: [boarddata:/var/lib/grafana]
    healthcheck: {test: [CMD, wget, -qO-, "http://127.0.0.1:3000/api/health"], interval: 1s, start_period: 120s}
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes", --aclfile, /data/users.acl]
    environment: {REDIS_PASSWORD_FILE: /run/secrets/cache}
    secrets: [cache]
    volumes: [cachedata:/data]
  app:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [db, board, cache]
secrets: {db: {file: ./db.secret}, board: {file: ./board.secret}, cache: {file: ./cache.secret}}
volumes: {dbdata: , boarddata: , cachedata: }
"""
PROD = """
services:
  board: {environment: {GF_SECURITY_ADMIN_USER: chief}}
secrets: {db: {file: ./db.prod}, board: {file: ./board.prod}, cache: {file: ./cache.prod}}
"""


class Shop:
    """One running environment, and who may log in to it."""

    def __init__(self, cli: Cli, project: str, secrets: str = "secret") -> None:
        self.cli = cli
        self.project = project
        self.secrets = secrets

    def password(self, name: str) -> str:
        return (self.cli.folder / f"{name}.{self.secrets}").read_text()

    def mongo(self, script: str, password: str = "") -> str:
        connect = (
            "const p = encodeURIComponent(process.env.P);"
            "try { db = connect(`mongodb://root:${p}@127.0.0.1:27017/admin`) } catch (e) { print('refused'); quit() }"
        )
        shell = ("mongosh", "--quiet", "--nodb", "--eval", connect + script)
        given = ("-e", "HOME=/tmp", "-e", f"P={password or self.password('db')}")
        return docker("exec", *given, container(self.project, "db"), *shell).strip()

    def items(self, password: str = "") -> str:
        return self.mongo("print(db.getSiblingDB('shop').items.countDocuments({}))", password)

    def grafana(self, user: str, password: str) -> str:
        script = 'curl -s -u "$1:$2" http://127.0.0.1:3000/api/user'
        answer: dict[str, str] = json.loads(run_in(container(self.project, "board"), script, user, password))
        return answer.get("login", "refused")


def acl(project: str, password: str) -> None:
    """An ACL file in the data volume, as a server keeps it there."""
    script = f'echo "user default on >{password} ~* &* +@all" > /d/users.acl && chown -R 999 /d'
    docker("run", "--rm", "-v", f"{project}_cachedata:/d", "stackctl/tools:local", "sh", "-c", script)


def keys(shop: Shop, password: str) -> str:
    script = 'REDISCLI_AUTH="$1" redis-cli --no-auth-warning DBSIZE'
    return run_in(container(shop.project, "cache"), script, password)


def started(parent: Path, name: str, secrets: dict[str, str]) -> Cli:
    folder = parent / f"{RUN}{name}"
    folder.mkdir(parents=True)
    cli = Cli(folder, parent / f"home-{name}", folder.name)
    put(folder / "compose.yaml", COMPOSE)
    put(folder / "compose.prod.yaml", PROD)
    for file, value in secrets.items():
        (folder / file).write_text(value)
    return cli


@pytest.fixture(scope="module")
def dev(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    secrets = {
        "db.secret": "dev db",
        "board.secret": "devboard",
        "cache.secret": "devcache",
        "db.prod": "a 'prod' db: @/%",
        "board.prod": "prodboard",
        "cache.prod": "prodcache",
    }
    cli = started(tmp_path_factory.mktemp("one"), "elsewhere", secrets)
    try:
        acl(cli.folder.name, "devcache")
        cli("up", "-q")
        shop = Shop(cli, cli.folder.name)
        shop.mongo("db.getSiblingDB('shop').items.insertMany([{_id: 1}, {_id: 2}, {_id: 3}])")
        run_in(container(shop.project, "cache"), "REDISCLI_AUTH=devcache redis-cli SET a 1")
        yield shop
    finally:
        sweep(cli.token)


@pytest.fixture(scope="module")
def file_set(dev: Shop) -> Path:
    """A set of all, made of files: the databases do not run, so their users are in it."""
    docker("stop", *(container(dev.project, name) for name in ("db", "board", "cache")))
    made = dev.cli("backup", "db", "board", "--json").data
    docker("start", *(container(dev.project, name) for name in ("db", "board", "cache")))
    dev.cli("up", "-q")
    assert {item["file"] for item in made["payloads"]} == {"db.dbdata.tar.zst", "board.boarddata.tar.zst"}
    return Path(made["folder"])


@pytest.fixture(scope="module")
def prod(dev: Shop) -> Shop:
    project = f"{dev.project}-prod"
    acl(project, "prodcache")
    dev.cli("up", "prod", "-q")
    return Shop(dev.cli, project, "prod")


def test_the_target_keeps_its_own_logins(dev: Shop, file_set: Path, prod: Shop) -> None:
    assert prod.items() == "0"
    done = dev.cli("restore", str(file_set), "-e", "prod", "--yes", "--json").data
    assert done["services"] == ["board", "db"]
    assert prod.items() == "3", "the data came, and the own password opens it"
    assert prod.items(dev.password("db")) == "refused"
    assert prod.grafana("chief", "prodboard") == "chief"
    assert prod.grafana("boss", "devboard") == "refused"
    assert dev.items() == "3"
    docker("restart", container(prod.project, "db"))
    dev.cli("wait", "prod")
    assert prod.items() == "3", "and still after a restart"
    dev.cli("restore", "undo", "-e", "prod", "--yes", "-q")
    assert prod.items() == "0"
    assert prod.grafana("chief", "prodboard") == "chief"


def test_an_online_set_brings_data_and_no_logins(dev: Shop, prod: Shop) -> None:
    made = dev.cli("backup", "db", "cache", "--json").data
    said = {item["service"]: item["users"] for item in made["payloads"]}
    assert "takes no users and roles back" in said["db"]
    assert "ACL file" in said["cache"]
    dev.cli("restore", made["folder"], "-e", "prod", "--yes", "-q")
    assert (prod.items(), keys(prod, "prodcache")) == ("3", "1"), "the ACL file beside the data stays the target's"
    assert "WRONGPASS" in keys(prod, "devcache") or "NOAUTH" in keys(prod, "devcache")
    refused = dev.cli("restore", made["folder"], "db", "-e", "prod", "--with-users", "--yes", "--json", code=7)
    assert refused.error["code"] == "no-users"


def test_a_password_that_the_server_does_not_take_is_said_at_once(dev: Shop) -> None:
    path = dev.cli.folder / "cache.secret"
    path.write_text("another")
    try:
        refused = dev.cli("backup", "cache", "--json", code=8)
    finally:
        path.write_text("devcache")
    assert "Redis refuses: " in refused.error["message"]
    assert "no set was made" in refused.error["message"]


def test_with_users_takes_those_of_the_set(dev: Shop, file_set: Path, prod: Shop) -> None:
    dev.cli("restore", str(file_set), "board", "-e", "prod", "--with-users", "--yes", "-q")
    assert prod.grafana("boss", "devboard") == "boss"
    assert prod.grafana("chief", "prodboard") == "refused"
    dev.cli("restore", str(file_set), "board", "-e", "prod", "--yes", "-q")
    assert prod.grafana("chief", "prodboard") == "chief"


def test_a_file_goes_to_another_machine(dev: Shop, tmp_path: Path) -> None:
    dev.cli("backup", "db", "-o", "shop.tar", "-q")
    path = dev.cli.folder / "shop.tar"
    assert [item.name for item in dev.cli.folder.iterdir() if "partial" in item.name] == []
    assert dev.cli("backup", "db", "-o", "shop.tar", "--json", code=7).error["code"] == "needs-yes"
    other = started(tmp_path, "machine", {"db.secret": "their own", "board.secret": "x", "cache.secret": "x"})
    try:
        other("up", "db", "-q")
        there = Shop(other, other.folder.name)
        moved = shutil.copy(path, other.folder / "from-anna.tar")
        shown = other("restore", "./from-anna.tar", "--dry-run", "--json").data
        assert shown["lost"] == ["db: 0 documents in 0 collections now, 3 documents in 1 collections in the set"]
        cut = other.folder / "cut.tar"
        cut.write_bytes(Path(moved).read_bytes()[:-1024])
        flipped = bytearray(Path(moved).read_bytes())
        flipped[700] ^= 1
        (other.folder / "flipped.tar").write_bytes(flipped)
        for name in ("cut.tar", "flipped.tar"):
            answer = other("restore", f"./{name}", "--yes", "--json", code=8)
            assert answer.error["code"] == "damaged"
        assert there.items() == "0", "refused before anything was touched"
        other("restore", "./from-anna.tar", "db", "--yes", "-q")
        assert there.items() == "3"
        assert other("backups", "verify", "./from-anna.tar", "--json").data["sets"][0]["ok"]
    finally:
        sweep(other.token)


def test_an_encrypted_file_wants_its_key(dev: Shop, tmp_path: Path) -> None:
    theirs = Cli(dev.cli.folder, tmp_path / "theirs", dev.cli.token)
    theirs("secrets", "identity")
    key = theirs("secrets", "identity").out.split()[-1]
    dev.cli("backup", "db", "-o", "sealed.tar", "-r", key, "-q")
    refused = dev.cli("restore", "./sealed.tar", "--yes", "--json", code=8)
    assert refused.error["code"] in ("no-key", "wrong-key")
    shown = dev.cli("restore", "./sealed.tar", "--dry-run", "-i", str(theirs.home / "identity"), "--json")
    assert shown.data["services"] == ["db"]


def test_a_scratch_environment_beside_the_live_one(dev: Shop) -> None:
    dev.cli("backup", "db", "-q")
    before: Snapshot = snapshot(dev.cli)
    done = dev.cli("restore", "db", "--into", "look", "--json").data
    project = f"{dev.project}-look"
    assert done["project"] == project
    (address,) = done["urls"]
    assert address["url"].startswith("mongodb://127.0.0.1:")
    there = Shop(dev.cli, project)
    assert there.items() == "3"
    there.mongo("db.getSiblingDB('shop').items.deleteMany({})")
    assert dev.items() == "3"
    assert states(project) == {"db": "running"}
    assert project in dev.cli("status").out, "it is listed with the others"
    again = dev.cli("restore", "db", "--into", "look", "--json", code=7)
    assert again.error["code"] == "scratch-exists"
    assert done["remove"] in again.error["hint"]
    dev.cli(*done["remove"].split()[1:], "--yes")
    assert (states(project), volumes(project)) == ({}, [])
    after = snapshot(dev.cli)
    assert (after.containers, after.networks) == (before.containers, before.networks)
    assert set(after.volumes) == set(before.volumes)


def test_a_scratch_environment_never_shares_a_volume(dev: Shop) -> None:
    put(dev.cli.folder / "shared.yaml", "volumes: {dbdata: {name: " + f"{dev.cli.token}-own" + "}}\n")
    files = ("-f", "compose.yaml", "-f", "shared.yaml")
    made = dev.cli("backup", "db", "--json").data
    refused = dev.cli("restore", made["folder"], "--into", "look", *files, "--json", code=7)
    assert refused.error["code"] == "not-apart"
    assert states(f"{dev.project}-look") == {}
