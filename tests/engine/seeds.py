"""The seed stacks for tests: a workspace with all of them and ports of its own, and their merged model."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.engine.cli import ROOT, Cli, free_ports

Json = dict[str, Any]
SEEDS = ("starmap", "vectora", "nexus", "codegraph")
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".stackctl", "*.local.*", "*.env")


def seed_workspace(folder: Path, home: Path) -> Cli:
    """A copy of the core stack and the seeds. In each stack dev and prod want the same ports, as the seeds do."""
    for part in ("stacks", "env"):
        for name in ("core", *SEEDS):
            shutil.copytree(ROOT / part / name, folder / part / name, ignore=_LITTER)
    port = free_ports(100)
    for name in SEEDS:
        known: dict[str, int] = {}
        for path in sorted((folder / "env" / name).glob("*.template")):
            lines = []
            for line in path.read_text().splitlines():
                found = re.fullmatch(r"([A-Z_]+_PORT)=\d+", line)
                if found:
                    port += found[1] not in known
                    line = f"{found[1]}={known.setdefault(found[1], port)}"  # noqa: PLW2901 - the line, rewritten
                lines.append(line)
            path.write_text("\n".join(lines) + "\n")
    return Cli(folder, home, folder.name)


def model(stack: str, environment: str, *profiles: str, **variables: str) -> Json:
    """What plain `docker compose config` makes of a stack's files with the values of its templates."""
    folder = ROOT / "stacks" / stack
    words = ["docker", "compose", "-p", f"seed-{stack}-{environment}", "--project-directory", str(folder)]
    for name in ("base", environment):
        words += ["-f", str(folder / f"{name}.yml")]
        words += ["--env-file", str(ROOT / "env" / stack / f"{name}.env.template")]
    for profile in profiles:
        words += ["--profile", profile]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT") if name in os.environ}
    done = subprocess.run(
        [*words, "config", "--format", "json"],
        env={**kept, "STACKCTL_SECRETS_DIR": "/nowhere/secrets", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(done.stdout)
    return found


def published(service: Json) -> set[tuple[str, int, int]]:
    """The host's address and port, and the container's."""
    return {(port["host_ip"], int(port["published"]), port["target"]) for port in service.get("ports") or ()}


def mounted(service: Json) -> dict[str, str]:
    """Container path → volume or the name of what is mounted."""
    return {item["target"]: Path(item["source"]).name for item in service.get("volumes") or ()}


def timings(service: Json) -> tuple[str, str, int, str]:
    """Interval, timeout, retries and start period of the health check."""
    check = service["healthcheck"]
    return check["interval"], check["timeout"], check["retries"], check["start_period"]


def limits(service: Json) -> dict[str, str]:
    """Limits and reservations: processors as they are written, memory in MiB."""
    found = {}
    for kind, values in service["deploy"]["resources"].items():
        for name, value in values.items():
            found[f"{kind}.{name}"] = str(int(value) >> 20) if name == "memory" else str(value)
    return found
