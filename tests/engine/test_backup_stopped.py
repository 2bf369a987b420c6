"""Stores that are copied while their service is stopped, services that share one, and what cannot be saved just now."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.cli import RUN, Cli, container, docker, eventually, put, run_in, states, sweep

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-stopped")]

COMPOSE = """
services:
  base:
    image: stackctl/postgres:local
    environment: {POSTGRES_USER: shop, POSTGRES_DB: shop, POSTGRES_PASSWORD_FILE: /run/secrets/base}
    secrets: [base]
    volumes: [basedata:/var/lib/postgresql/data]
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U shop"], interval: 1s, retries: 60, start_period: 60s}
  traces:
    image: stackctl/jaeger:local
    user: "0:0"
    command: [--config=/etc/jaeger.yaml]
    volumes: [tracedata:/badger, ./jaeger.yaml:/etc/jaeger.yaml:ro]
    stop_grace_period: 10s
  memory:
    image: stackctl/jaeger:local
    restart: always
  left: &shares
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    volumes: [shared:/srv]
  right: {<<: *shares}
  loose:
    image: stackctl/mongodb:local
    tmpfs: [/data/db, /data/configdb]
    stop_grace_period: 2s
    restart: "on-failure"
secrets: {base: {file: ./base.secret}}
volumes: {basedata: , tracedata: , shared: }
"""
JAEGER = """
extensions:
  jaeger_storage:
    backends:
      kept: {badger: {directories: {keys: /badger/keys, values: /badger/values}, ephemeral: false}}
  jaeger_query: {storage: {traces: kept}}
receivers: {otlp: {protocols: {http: {endpoint: 0.0.0.0:4318}}}}
exporters: {jaeger_storage_exporter: {trace_storage: kept}}
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""
# Not by the loopback: there PostgreSQL asks nobody for a password.
ASK = 'PGPASSWORD="$1" psql -X -At -h "$(hostname -i)" -U shop -c "$2" 2>&1'


@dataclass(frozen=True)
class Stores:
    """The running project."""

    cli: Cli

    @property
    def name(self) -> str:
        return self.cli.folder.name

    def inside(self, service: str, script: str, *words: str) -> str:
        return run_in(container(self.name, service), script, *words)

    def sql(self, statement: str, password: str = "") -> str:
        password = password or (self.cli.folder / "base.secret").read_text()
        return run_in(container(self.name, "base"), f"{ASK} || true", password, statement)

    def seen(self) -> list[str]:
        """The services whose traces Jaeger has."""
        asked = self.inside("traces", "wget -qO- http://127.0.0.1:16686/api/services || true")
        found: list[str] = json.loads(asked or "{}").get("data") or []
        return sorted(found)

    def trace(self, service: str) -> None:
        now = time.time_ns()
        span = {"traceId": f"{now:032x}", "spanId": f"{now % 2**60:016x}", "name": "buy", "kind": 2}
        span |= {"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1000)}
        named = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        body = json.dumps({"resourceSpans": [{"resource": named, "scopeSpans": [{"spans": [span]}]}]})
        post = 'wget -qO- --header content-type:application/json --post-data "$1" http://127.0.0.1:4318/v1/traces'
        eventually(lambda: self.inside("traces", f"{post} || true", body), "Jaeger takes a span")
        eventually(lambda: service in self.seen(), f"Jaeger has a trace of {service}")


@pytest.fixture(scope="module")
def stores(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    parent = tmp_path_factory.mktemp("stopped")
    folder = parent / f"{RUN}stopped"
    cli = Cli(folder, parent / "home", folder.name)
    put(folder / "compose.yaml", COMPOSE)
    put(folder / "jaeger.yaml", JAEGER)
    (folder / "base.secret").write_text("the first 'password'")
    try:
        cli("up", "-q")
        yield Stores(cli)
    finally:
        sweep(cli.token)


@pytest.fixture(scope="module")
def made(stores: Stores) -> str:
    """A set of all three stores with something in each."""
    stores.sql("CREATE TABLE items AS SELECT generate_series(1, 1000) AS n")
    stores.trace("before")
    stores.inside("left", "echo one > /srv/one")
    saved = stores.cli("backup", "base", "traces", "left", "memory", "--json").data
    assert {item["service"]: (item["kind"], item["consistency"]) for item in saved["payloads"]} == {
        "base": ("postgres", "quiesced"),
        "traces": ("jaeger", "quiesced"),
        "left": ("volume", "fuzzy"),
    }
    assert saved["skipped"] == [{"service": "memory", "reason": "it keeps nothing in a volume"}]
    assert set(states(stores.name).values()) <= {"running", "running (healthy)", "running (starting)"}
    found: str = saved["id"]
    return found


def test_servers_open_what_was_copied(stores: Stores, made: str) -> None:
    tried = stores.cli("backups", "verify", "--level", "restore", made)
    assert "base: restored for trial, a server has it" in tried.err
    assert "traces: restored for trial, a server has it" in tried.err
    assert docker("ps", "-aq", "--filter", f"label=stackctl.helper={stores.name}") == ""


def test_everything_comes_back_under_the_password_of_today(stores: Stores, made: str) -> None:
    """The set is older than the password: its files know the first one alone."""
    stores.sql("DROP TABLE items; CREATE TABLE later (n int)")
    stores.trace("after")
    stores.inside("right", "rm /srv/one; echo two > /srv/two")
    new = 'tomorrow\'s "pass" \\ $word; --'
    stores.sql(f"ALTER ROLE shop PASSWORD '{new.replace(chr(39), chr(39) * 2)}'")
    (stores.cli.folder / "base.secret").write_text(new)
    assert stores.sql("SELECT count(*) FROM later") == "0"
    assert stores.cli("up", "base", "--json", code=7).error["code"] == "credentials-changed"
    done = stores.cli("restore", made, "--yes")
    assert new not in done.text
    assert stores.sql("SELECT count(*) FROM items") == "1000", "the rows of the set, by the password of today"
    assert "authentication failed" in stores.sql("SELECT 1", "the first 'password'")
    stores.cli("up", "base", "-q")
    assert eventually(stores.seen, "Jaeger answers") == ["before"]
    assert [stores.inside(name, "ls -A /srv") for name in ("left", "right")] == ["one", "one"], (
        "one volume, two services"
    )
    running = states(stores.name)
    assert {running[name].partition(" ")[0] for name in ("base", "traces", "left", "right")} == {"running"}


def test_a_store_that_its_server_cannot_open_fails_its_trial(stores: Stores, made: str) -> None:
    docker("stop", container(stores.name, "traces"))
    spoil = "for f in /d/keys/MANIFEST; do head -c 4096 /dev/urandom > $f; done"
    docker("run", "--rm", "-v", f"{stores.name}_tracedata:/d", "stackctl/tools:local", "sh", "-c", spoil)
    spoilt = stores.cli("backup", "traces", "--json").data
    refused = stores.cli("backups", "verify", "--level", "restore", spoilt["id"], code=9)
    assert "its server ended over this data" in refused.text
    stores.cli("restore", made, "traces", "--yes", "--no-safety-copy", "-q", code=None)
    docker("start", container(stores.name, "traces"))
    assert "before" in eventually(stores.seen, "Jaeger answers")


def test_one_that_must_run_and_does_not(stores: Stores) -> None:
    """Its data is in no volume: there are no files to copy, and nobody to ask."""
    made = stores.cli("backup", "loose", "--json").data
    docker("stop", container(stores.name, "loose"))
    before = stores.cli("backups", "--json").data["sets"]
    refused = stores.cli("backup", "loose", "--json", code=8)
    assert refused.error == {
        "code": "not-running",
        "message": "loose: it does not run, and only then could it be saved: it keeps nothing in a volume;"
        " no set was made",
        "hint": "start it first: stackctl restart loose",
    }
    assert len(stores.cli("backups", "--json").data["sets"]) == len(before)
    refused = stores.cli("restore", made["id"], "--yes", "--json", code=8)
    assert refused.error["code"] == "not-running"
    assert refused.error["hint"] == "start it: stackctl restart loose"
    stores.cli("restart", "loose", "-q")
    assert stores.cli("restore", made["id"], "--dry-run", "--json").data["services"] == ["loose"]
