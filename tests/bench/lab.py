"""Where something is measured: a folder and a home of its own, removed with all that ran in it, also after Ctrl-C."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import Run, must

STACKCTL = str(Path(sys.executable).with_name("stackctl"))


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


@contextmanager
def open_lab(folder: Path, name: str) -> Iterator[Lab]:
    """Make the folder; everything that runs in it is taken down at the end."""
    root = folder / f"{name}-{uuid.uuid4().hex[:8]}"
    root.mkdir()
    lab = Lab(root, {"STACKCTL_HOME": str(folder / "home")})
    try:
        yield lab
    finally:
        must((STACKCTL, "down", "--all", "--volumes", "--yes"), root, lab.env)


def small_services(count: int) -> str:
    """Give a Compose file of services that only sleep, in chains of four."""
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
