"""What is measured, and against what."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.env_check import parse_growth, write_project
from tests.bench.measure import Ratio, Run, compare, must
from tests.bench.nexus import nexus

STACKCTL = str(Path(sys.executable).with_name("stackctl"))
SERVICES = 14


@dataclass(frozen=True)
class Lab:
    """A folder with a project, a home of its own, and the plain `docker compose …` line for the same files."""

    folder: Path
    env: dict[str, str]

    def stackctl(self, *words: str) -> Run:
        """Give a stackctl command in the lab."""
        return Run((STACKCTL, *words), self.folder, self.env)

    def compose(self, line: list[str], *words: str) -> Run:
        """Give a plain docker compose command on the same files."""
        return Run((*line, *words), self.folder, self.env)

    def line(self, *words: str) -> list[str]:
        """Give the docker compose line that stackctl uses."""
        done = subprocess.run(
            (STACKCTL, "compose", *words, "--print"),
            cwd=self.folder,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=True,
        )
        return shlex.split(done.stdout)


def startup(folder: Path, runs: int) -> list[Ratio]:
    """Measure `--help` and `--version` against a bare Python."""
    bare = Run((sys.executable, "-c", "pass"), folder, {})
    return [
        compare(f"stackctl {flag} / python -c pass", Run((STACKCTL, flag), folder, {}), bare, 6.0, runs)
        for flag in ("--help", "--version")
    ]


def many_services(folder: Path, runs: int) -> list[Ratio]:
    """Measure the everyday commands on a running stack of 14 services."""
    with _lab(folder, "bench14") as lab:
        (lab.folder / "compose.yaml").write_text(_many(SERVICES))
        must((STACKCTL, "up"), lab.folder, lab.env)
        line = lab.line()
        return [
            compare("status / docker compose ps", lab.stackctl("status"), lab.compose(line, "ps"), 2.0, runs),
            compare("config / docker compose config", lab.stackctl("config"), lab.compose(line, "config"), 2.2, runs),
            compare(
                "up, nothing changed / docker compose up -d --wait",
                lab.stackctl("up"),
                lab.compose(line, "up", "-d", "--wait"),
                0.4,
                runs,
            ),
        ]


def env_files(folder: Path, runs: int) -> list[Ratio]:
    """Measure `env check` of 2,000 variables against one `docker compose config`, and how parsing grows with size."""
    with _lab(folder, "benchenv") as lab:
        write_project(lab.folder)
        ours, theirs = lab.stackctl("env", "check"), lab.compose(["docker", "compose"], "config", "--quiet")
        return [
            compare("env check, 2000 variables / docker compose config", ours, theirs, 2.0, runs),
            parse_growth(max(3, runs // 3)),
        ]


def cold_core(folder: Path, runs: int) -> list[Ratio]:
    """Measure `up dev` of the core stack from empty volumes; images are present, and built from cache."""
    with _lab(folder, "benchcore") as lab:
        must((STACKCTL, "init"), lab.folder, lab.env)
        must((STACKCTL, "up", "dev", "--auto-ports"), lab.folder, lab.env)
        line = lab.line("dev")

        def empty() -> None:
            must((*line, "down", "--volumes", "--timeout", "20"), lab.folder, lab.env)

        ours = Run((STACKCTL, "up", "dev"), lab.folder, lab.env, empty)
        theirs = Run((*line, "up", "-d", "--wait"), lab.folder, lab.env, empty)
        return [compare("up dev, cold / docker compose up -d --wait", ours, theirs, 1.1, runs)]


def slow_probes(folder: Path, runs: int) -> list[Ratio]:
    """Measure a stack with probes of 10 and 30 s against Compose, and against itself with every check hand-tuned."""
    with _lab(folder, "benchslow") as lab, _lab(folder, "benchtuned") as tuned:
        (lab.folder / "compose.yaml").write_text(nexus())
        (tuned.folder / "compose.yaml").write_text(nexus("start_period: 90s, start_interval: 250ms"))
        compose = ["docker", "compose"]

        def empty(where: Lab) -> Callable[[], None]:
            return lambda: must((*compose, "down", "--timeout", "1"), where.folder, where.env)

        ours = Run((STACKCTL, "up"), lab.folder, lab.env, empty(lab))
        theirs = Run((*compose, "up", "-d", "--wait"), lab.folder, lab.env, empty(lab))
        hand = Run((*compose, "up", "-d", "--wait"), tuned.folder, tuned.env, empty(tuned))
        return [
            compare("up, slow probes / docker compose up -d --wait", ours, theirs, 0.083, max(1, runs // 3)),
            compare("up, slow probes / the same, hand-tuned to 250 ms", ours, hand, 1.15, runs),
        ]


def logs(folder: Path, runs: int) -> list[Ratio]:
    """Measure reading large logs and following a busy one."""
    from tests.bench.logs import large_logs, latency

    with _lab(folder, "benchlogs") as lab, _lab(folder, "benchflow") as flow:
        return [
            *large_logs((lab.folder / "compose.yaml").write_text, lab.folder, lab.env, runs),
            *latency((flow.folder / "compose.yaml").write_text, flow.folder, flow.env),
        ]


def backups(folder: Path, runs: int) -> list[Ratio]:
    """Measure saving, checking and restoring a volume of 1 GiB and a MongoDB of 230 MiB."""
    from tests.bench.backups import backups as measured

    with _lab(folder, "benchsave") as lab:
        return measured((lab.folder / "compose.yaml").write_text, lab.folder, lab.env, runs)


@contextmanager
def _lab(folder: Path, name: str) -> Iterator[Lab]:
    root = folder / f"{name}-{uuid.uuid4().hex[:8]}"
    root.mkdir()
    lab = Lab(root, {"STACKCTL_HOME": str(folder / "home")})
    try:
        yield lab
    finally:
        must((STACKCTL, "down", "--all", "--volumes", "--yes"), root, lab.env)


def _many(count: int) -> str:
    text = "services:\n"
    for number in range(count):
        text += f"""  s{number:02}:
    image: stackctl/tools:local
    init: true
    command: ["sleep", "infinity"]
    stop_grace_period: 1s
    healthcheck: {{test: ["CMD", "true"], interval: 30s, start_period: 10s, start_interval: 500ms}}
"""
        text += f"    depends_on: {{s{number - 1:02}: {{condition: service_started}}}}\n" if number % 4 else ""
    return text
