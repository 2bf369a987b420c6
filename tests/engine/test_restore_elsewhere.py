"""A set of one environment restored into another: the target keeps its own logins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, Cli, container, docker, put, run_in, sweep

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
    volumes: [cachedata:/data]
  app:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [db, board, cache]
secrets: {db: {file: ./db.secret}, board: {file: ./board.secret}}
volumes: {dbdata: , boarddata: , cachedata: }
"""
PROD = """
services:
  board: {environment: {GF_SECURITY_ADMIN_USER: chief}}
secrets: {db: {file: ./db.prod}, board: {file: ./board.prod}}
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
        "db.prod": "a 'prod' db: @/%",
        "board.prod": "prodboard",
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
