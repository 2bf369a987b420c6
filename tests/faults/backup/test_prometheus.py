"""Row 21: Prometheus with and without its snapshot API."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest

from tests.engine.cli import RUN, Cli, container, docker, ended, eventually, finish, run_in, started, sweep
from tests.faults.backup.shop import Shop, Turn

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-prometheus")]

CONFIG = """
global: {scrape_interval: 250ms}
scrape_configs: [{job_name: self, static_configs: [{targets: ["127.0.0.1:9090"]}]}]
"""
COMPOSE = """
services:
  metrics:
    image: stackctl/prometheus:local
    command: [--config.file=/etc/own.yml, --storage.tsdb.path=/prometheus, --web.enable-admin-api]
    volumes: [metricsdata:/prometheus, ./own.yml:/etc/own.yml:ro]
  plain:
    image: stackctl/prometheus:local
    command: [--config.file=/etc/own.yml, --storage.tsdb.path=/prometheus]
    volumes: [plaindata:/prometheus, ./own.yml:/etc/own.yml:ro]
volumes: {metricsdata: , plaindata: }
"""


@pytest.fixture(scope="module")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    parent = tmp_path_factory.mktemp("prometheus")
    token = f"{RUN}prom"
    (parent / token).mkdir()
    cli = Cli(parent / token, parent / "home", token)
    cli.write(own__yml=CONFIG, compose__yaml=COMPOSE)
    cli("up", "-q")
    shop = Shop(cli)
    for service in ("metrics", "plain"):
        eventually(lambda service=service: samples(shop, service) > 20 or None, "samples")
    yield shop
    sweep(token)


def ask(shop: Shop, service: str, path: str) -> object:
    where = f"http://127.0.0.1:9090/api/v1/{path}"
    method = "--post-data=" if path.startswith("admin") else "-S"
    return json.loads(run_in(container(shop.name, service), 'wget -qO- "$1" "$2"', method, where))["data"]


def samples(shop: Shop, service: str) -> int:
    query = "query?query=sum(count_over_time(up[1h]))"
    try:
        found = ask(shop, service, query)["result"]  # type: ignore[index]
    except (AssertionError, ValueError):
        return 0
    return int(float(found[0]["value"][1])) if found else 0


def kept(shop: Shop) -> list[str]:
    return run_in(container(shop.name, "metrics"), "cd /prometheus && ls -A . snapshots 2> /dev/null").split()


def snapshots(shop: Shop) -> list[str]:
    return run_in(container(shop.name, "metrics"), "ls -A /prometheus/snapshots 2> /dev/null || true").split()


def test_21_a_young_server_is_saved_whole_while_it_runs(lab: Shop) -> None:
    since = started(container(lab.name, "metrics"))
    before = samples(lab, "metrics")
    made = lab.cli("backup", "metrics", "--json").data
    (payload,) = made["payloads"]
    assert payload["kind"] == "prometheus-snapshot"
    assert payload["consistency"] == "point-in-time"
    assert payload["counts"]["blocks"] >= 1, "the head, of which nothing is in a block yet"
    assert payload["counts"]["samples"] > before
    assert started(container(lab.name, "metrics")) == since
    assert snapshots(lab) == []
    assert ".stackctl-snapshot" not in kept(lab)
    lab.cli("backups", "verify", "--level", "restore", made["id"], "-q")
    lab.cli("restore", made["id"], "--yes", "-q")
    eventually(lambda: samples(lab, "metrics") >= before or None, "what was saved is there again")


def test_21_without_the_api_it_is_stopped_and_that_is_said(lab: Shop) -> None:
    steps = lab.cli("backup", "plain", "--dry-run", "--json").data["steps"]
    assert any("snapshot API is off" in step for step in steps)
    made = lab.cli("backup", "plain", "--json").data
    (payload,) = made["payloads"]
    assert (payload["kind"], payload["consistency"]) == ("prometheus", "quiesced")
    assert payload["counts"]["wal_bytes"] > 0
    lab.cli("backups", "verify", "--level", "restore", made["id"], "-q")


def test_21_a_snapshot_that_fails_leaves_nothing(lab: Shop) -> None:
    where = ("run", "--rm", "-v", f"{lab.name}_metricsdata:/p", "stackctl/tools:local", "sh", "-c")
    docker(*where, "rm -rf /p/snapshots; mkdir -m 755 /p/snapshots")  # root's: the server may not write there
    failed = lab.cli("backup", "metrics", "--json", code=8)
    assert "500" in failed.error["message"]
    assert snapshots(lab) == []
    docker(*where, "rmdir /p/snapshots")
    lab.cli("backup", "metrics", "-q")
    assert snapshots(lab) == []


def test_21_killed_meanwhile_and_what_somebody_else_made_stays(lab: Shop, turn: Turn) -> None:
    theirs = ask(lab, "metrics", "admin/tsdb/snapshot")["name"]  # type: ignore[index]
    time.sleep(1.1)
    with ended(lab.cli.start("backup", "metrics")) as process:
        note = "test -e /prometheus/.stackctl-snapshot && echo yes || true"
        eventually(
            lambda: run_in(container(lab.name, "metrics"), note) or process.poll() is not None or None, "the dump"
        )
        time.sleep(turn.chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        docker("rm", "-f", *lab.helpers().split(), check=False)
        finish(process)
    # Whatever it came to, a snapshot of a run that was killed lies there now.
    planted = {"before": [theirs], "at": time.time()}
    script = "cat > /p/.stackctl-snapshot && chmod 600 /p/.stackctl-snapshot"
    words = ("run", "--rm", "-i", "-v", f"{lab.name}_metricsdata:/p", "stackctl/tools:local", "sh", "-c", script)
    docker(*words, stdin=json.dumps(planted))
    ask(lab, "metrics", "admin/tsdb/snapshot")
    lab.cli("backup", "metrics", "-q")
    assert snapshots(lab) == [theirs]
    assert ".stackctl-snapshot" not in kept(lab)
    run_in(container(lab.name, "metrics"), 'rm -rf "/prometheus/snapshots/$1"', theirs)
