"""A started core stack for the tests of `verify`, and what its faults need of it."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from tests.engine.cli import Answer, Json, Reply, container, docker, eventually, http, inspect
from tests.engine.conftest import Core

# A machine that runs other tests beside this one is slow: the limit is for the answer to come, not for its quality.
PATIENT = ("--timeout", os.environ.get("VERIFY_TIMEOUT", "30s"))
LOCAL = "dev.local.yml"
# What only faults write into Prometheus' files.
MARKS = ("core:8089", "dropped", "Wrong")


@dataclass(frozen=True)
class Lab:
    """A core stack in dev. `stale` names why its containers are not those of its files."""

    core: Core
    stale: set[str] = field(default_factory=set)

    @property
    def stack(self) -> Path:
        return self.core.cli.folder / "stacks" / "core"

    def verify(self, *words: str, code: int | None = None) -> Answer:
        return self.core.cli("verify", "dev", *PATIENT, *words, "--json", code=code)

    def up(self) -> None:
        self.core.cli("up", "dev", "-q")
        self.stale.clear()

    def id(self, service: str) -> str:
        return container(self.core.project, service)

    def url(self, service: str) -> str:
        return self.core.url(service)

    def items(self) -> list[Json]:
        found: list[Json] = http(f"{self.url('core')}/items?limit=100").json["items"]
        return found

    # ------------------------------------------------------------------------------------------------------- files

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Give every file of the stack and its secrets back as it was; what was added goes."""
        folders = (self.stack, self.core.secret("redis_password").parent)
        before = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
        try:
            yield
        finally:
            for path in self.stack.rglob("*"):
                if path.is_file() and path not in before and "__pycache__" not in path.parts:
                    path.unlink()
            for path, data in before.items():
                if path.read_bytes() != data:
                    path.write_bytes(data)  # in place: a mounted file is its inode

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.stack / path
        text = file.read_text()
        assert old in text, f"{path} has no {old}"
        file.write_text(text.replace(old, new))

    def local(self, text: str) -> None:
        """Lay a file of the developer's own over the stack, and start what it changes."""
        (self.stack / LOCAL).write_text(text)
        self.up()
        self.stale.add(LOCAL)

    # ---------------------------------------------------------------------------------------------------- services

    def start(self, service: str) -> None:
        """Start a stopped service and wait until it is healthy."""
        number = self.id(service)
        docker("start", number)
        eventually(lambda: inspect(number)[0]["State"]["Health"]["Status"] == "healthy", f"{service} is healthy")

    def restart(self, service: str) -> None:
        docker("stop", self.id(service))
        self.start(service)

    def reload_prometheus(self, sign: str, there: bool = True) -> None:
        """Have Prometheus read its files again; `sign` is in its configuration then, or no longer."""
        docker("kill", "--signal", "HUP", self.id("prometheus"))
        eventually(lambda: (sign in json.dumps(self.prometheus("status/config"))) == there, f"{sign} is read")

    def mend_prometheus(self) -> None:
        """Have Prometheus read its files again, which are as they were."""
        docker("kill", "--signal", "HUP", self.id("prometheus"))
        for path in ("status/config", "rules"):
            eventually(partial(self._plain, path), "mended")
        eventually(lambda: "redis-exporter" in json.dumps(self.prometheus("status/config")), "mended")
        self.seen("prometheus_config_last_reload_successful == 1")

    def _plain(self, path: str) -> bool:
        said = json.dumps(self.prometheus(path))
        return not any(mark in said for mark in MARKS)

    def aged(self) -> None:
        """Wait until every service that has figures has run for a minute: a younger stack is not judged by them."""
        numbers = [self.id(name) for name in ("mongodb", "redis", "core", "prometheus", "jaeger", "redis-exporter")]

        def old() -> bool:
            minute = datetime.now(UTC) - timedelta(seconds=61)
            return all(datetime.fromisoformat(facts["State"]["StartedAt"]) < minute for facts in inspect(*numbers))

        eventually(old, "the stack is a minute old")

    def prometheus(self, path: str) -> Json:
        data: Json = http(f"{self.url('prometheus')}/api/v1/{path}").json["data"]
        return data

    def seen(self, expr: str) -> None:
        """Wait until a PromQL query has a result."""
        eventually(lambda: self.prometheus(f"query?query={quote(expr)}")["result"], expr)

    def grafana(self, path: str, body: object = None) -> Reply:
        password = self.core.secret("grafana_admin").read_text().strip()
        login = base64.b64encode(f"admin:{password}".encode()).decode()
        return http(f"{self.url('grafana')}{path}", body=body, headers={"authorization": f"Basic {login}"})

    def provision(self, what: str) -> None:
        """Have Grafana read its files again: `datasources` or `dashboards`."""
        answer = self.grafana(f"/api/admin/provisioning/{what}/reload", body={})
        assert answer.status == 200, answer

    def source_answers(self, answers: bool) -> None:
        """Wait until Grafana asks where its files say: it remembers a data source for five seconds."""
        pages = ("/api/datasources/uid/prometheus/health", "/api/datasources/proxy/uid/jaeger/api/services")
        eventually(lambda: all(self.grafana(page).status == 200 for page in pages) == answers, "data sources")

    def app_starts(self) -> str:
        page = http(f"{self.url('core')}/metrics").body
        found = re.search(r"^process_start_time_seconds (\S+)", page, re.MULTILINE)
        assert found, page
        return found[1]

    def edit_app(self, path: str, old: str, new: str) -> None:
        """Change the app's source and wait until it runs with it."""
        before = self.app_starts()
        self.edit(f"app/core_app/{path}", old, new)
        self.reloaded(before)

    def reloaded(self, before: str) -> None:
        ready = f"{self.url('core')}/ready"
        eventually(lambda: self.app_starts() != before and http(ready).status == 200, "the app runs its new source")


def broken(answer: Answer) -> dict[str, Json]:
    return {check["id"]: check for check in answer.data["checks"] if check["status"] == "failed"}
