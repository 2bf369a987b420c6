"""What is measured, and against what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.env_check import parse_growth, write_project
from tests.bench.lab import STACKCTL, Lab, open_lab, small_services
from tests.bench.measure import Ratio, Run, compare, must
from tests.bench.nexus import nexus

SERVICES = 14


def startup(folder: Path, runs: int) -> list[Ratio]:
    """Measure `--help` and `--version` against a bare Python."""
    bare = Run((sys.executable, "-c", "pass"), folder, {})
    return [
        compare(f"stackctl {flag} / python -c pass", Run((STACKCTL, flag), folder, {}), bare, 6.0, runs)
        for flag in ("--help", "--version")
    ]


def many_services(folder: Path, runs: int) -> list[Ratio]:
    """Measure the everyday commands on a running stack of 14 services."""
    with open_lab(folder, "bench14") as lab:
        (lab.folder / "compose.yaml").write_text(small_services(SERVICES))
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
    with open_lab(folder, "benchenv") as lab:
        write_project(lab.folder)
        ours, theirs = lab.stackctl("env", "check"), lab.compose(["docker", "compose"], "config", "--quiet")
        return [
            compare("env check, 2000 variables / docker compose config", ours, theirs, 2.0, runs),
            parse_growth(max(3, runs // 3)),
        ]


def cold_core(folder: Path, runs: int) -> list[Ratio]:
    """Measure `up dev` of the core stack from empty volumes; images are present, and built from cache."""
    with open_lab(folder, "benchcore") as lab:
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
    with open_lab(folder, "benchslow") as lab, open_lab(folder, "benchtuned") as tuned:
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

    with open_lab(folder, "benchlogs") as lab, open_lab(folder, "benchflow") as flow:
        return [
            *large_logs((lab.folder / "compose.yaml").write_text, lab.folder, lab.env, runs),
            *latency((flow.folder / "compose.yaml").write_text, flow.folder, flow.env),
        ]


def backups(folder: Path, runs: int) -> list[Ratio]:
    """Measure saving, checking and restoring a volume of 1 GiB and a MongoDB of 230 MiB."""
    from tests.bench.backups import backups as measured

    with open_lab(folder, "benchsave") as lab:
        return measured((lab.folder / "compose.yaml").write_text, lab.folder, lab.env, runs)


def hundred_services(folder: Path, runs: int) -> list[Ratio]:
    """Measure what reads a project of 100 services, none of which runs."""
    from tests.bench.hundred import write_project as write_hundred

    with open_lab(folder, "bench100") as lab:
        write_hundred(lab.folder)
        theirs = lab.compose(["docker", "compose"], "config")
        return [
            compare(f"100 services: {name} / docker compose config", lab.stackctl(*words), theirs, 2.2, runs)
            for name, words in (
                ("config", ("config",)),
                ("env check", ("env", "check")),
                ("up --dry-run", ("up", "--dry-run")),
            )
        ]


def forks(folder: Path, runs: int) -> list[Ratio]:
    """Measure a fork of 1 GiB of data."""
    from tests.bench.forks import forks as measured

    with open_lab(folder, "benchfork") as lab:
        return measured(STACKCTL, (lab.folder / "compose.yaml").write_text, lab.folder, lab.env, runs)


def side_by_side(folder: Path, runs: int) -> list[Ratio]:
    """Measure `status` where much runs: a second instance, four stacks, the dev stack of Nexus."""
    from tests.bench.side_by_side import four_stacks, second_instance

    with open_lab(folder, "bench4") as four:
        results = four_stacks(four, runs)
    with open_lab(folder, "bench2") as two:
        return [*results, second_instance(two, 2 * runs)]


def seed_stack(folder: Path, runs: int) -> list[Ratio]:
    """Measure the start of a real stack of 14 services."""
    from tests.bench.seed import nexus_dev

    with open_lab(folder, "benchnexus") as lab:
        return [nexus_dev(lab, runs)]
