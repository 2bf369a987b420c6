"""Rows 22 and 16: Grafana's database while it is written to, a stale log beside a restored one, another key."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, Cli, container, docker, eventually, run_in, started, states, sweep
from tests.faults.backup.shop import Shop

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-sqlite")]

# Each number that Grafana has said yes to stands in a file: what is acknowledged may not be lost.
WRITER = """
import base64, json, time, urllib.request
login = base64.b64encode(b"admin:a-grafana-password").decode()
number = 0
while True:
    number += 1
    body = json.dumps({"text": f"n{number}", "time": 1700000000000 + number}).encode()
    headers = {"content-type": "application/json", "authorization": f"Basic {login}"}
    try:
        urllib.request.urlopen(urllib.request.Request("http://grafana:3000/api/annotations", body, headers), timeout=10)
    except OSError:
        time.sleep(0.5)
        continue
    with open("/tmp/written", "a") as stream:
        stream.write(f"n{number}\\n")
"""
COMPOSE = """
services:
  grafana:
    image: stackctl/grafana:local
    environment:
      GF_SECURITY_ADMIN_PASSWORD: a-grafana-password
      GF_SECURITY_SECRET_KEY: THE-KEY
      GF_DATABASE_WAL: "true"
      GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION: "true"
    volumes: [grafanadata:/var/lib/grafana]
    healthcheck:
      test: [CMD, wget, -qO-, "http://127.0.0.1:3000/api/health"]
      interval: 2s
      start_period: 90s
      retries: 10
  writer:
    image: stackctl/tools:local
    command: [python3, /writer.py]
    init: true
    volumes: [./writer.py:/writer.py:ro]
    depends_on: {grafana: {condition: service_healthy}}
volumes: {grafanadata: }
"""


@pytest.fixture(scope="module")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    parent = tmp_path_factory.mktemp("grafana")
    token = f"{RUN}grafana"
    (parent / token).mkdir()
    cli = Cli(parent / token, parent / "home", token)
    cli.write(writer__py=WRITER, compose__yaml=COMPOSE.replace("THE-KEY", "the-first-key"))
    cli("up", "-q")
    yield Shop(cli)
    sweep(token)


def acknowledged(shop: Shop) -> set[str]:
    return set(run_in(container(shop.name, "writer"), "cat /tmp/written 2> /dev/null || true").split())


def database(path: Path) -> set[str]:
    """The texts in a sound database."""
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in base.execute("SELECT text FROM annotation")}


def unpacked(shop: Shop, set_id: str, folder: Path) -> Path:
    file = Path(shop.sets()["folder"]) / set_id / "grafana.grafanadata.tar.zst"
    folder.mkdir()
    plain = subprocess.run(["zstd", "-dc", file], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=plain, check=True)
    assert not [name for name in folder.iterdir() if name.name.startswith("grafana.db-")]
    return folder / "grafana.db"


def test_22_written_to_all_the_time_in_wal_mode(lab: Shop, tmp_path: Path) -> None:
    eventually(lambda: len(acknowledged(lab)) > 20 or None, "commits")
    before = acknowledged(lab)
    made = lab.cli("backup", "grafana", "--verify", "restore", "--json").data
    after = acknowledged(lab)
    assert made["consistency"] == "point-in-time"
    found = database(unpacked(lab, made["id"], tmp_path / "set"))
    assert before <= found, "every commit of before is in it"
    assert len(found - after) <= 1, "and none that was never made"

    # Its log stays beside the database when it is killed, and must not meet the restored one.
    docker("kill", container(lab.name, "grafana"))
    volume = f"{lab.name}_grafanadata"
    look = ("run", "--rm", "-v", f"{volume}:/g", "stackctl/tools:local", "sh", "-c")
    assert int(docker(*look, "stat -c %s /g/grafana.db-wal")) > 0
    lab.cli("restore", made["id"], "--yes", "-q")
    eventually(lambda: states(lab.name).get("grafana") == "running (healthy)" or None, "Grafana")
    docker("stop", container(lab.name, "writer"), container(lab.name, "grafana"))
    out = tmp_path / "live"
    out.mkdir()
    docker("cp", f"{container(lab.name, 'grafana')}:/var/lib/grafana/.", str(out))
    assert found <= database(out / "grafana.db")
    lab.cli("up", "-q")


def test_16_another_secret_key_is_refused_before_anything_stops(lab: Shop) -> None:
    if not lab.sets()["sets"]:
        lab.cli("backup", "grafana", "-q")
    lab.cli.write(compose__yaml=COMPOSE.replace("THE-KEY", "another-key"))
    lab.cli("up", "-q", code=None)
    docker("compose", "up", "-d", cwd=lab.cli.folder)
    eventually(lambda: states(lab.name).get("grafana") == "running (healthy)" or None, "Grafana")
    since = started(container(lab.name, "grafana"))
    refused = lab.cli("restore", "grafana", "--yes", "--json", code=7)
    assert refused.error["code"] == "other-secret-key"
    assert "the-first-key" not in refused.text
    assert started(container(lab.name, "grafana")) == since
    lab.cli.write(compose__yaml=COMPOSE.replace("THE-KEY", "the-first-key"))
    lab.cli("up", "-q", code=None)
