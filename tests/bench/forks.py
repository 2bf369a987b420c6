"""Forking a volume of 1 GiB, against what a person would type: `cp -a` in a container, then the same start.

The goal leaves room for what the person leaves out: the source is held still, and secrets and ports are its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from tests.bench.backups import FILL_VOLUME
from tests.bench.measure import Ratio, Run, compare, must

COMPOSE = """
services:
  files: {image: stackctl/tools:local, command: [sleep, infinity], init: true, volumes: [filedata:/srv]}
volumes: {filedata: }
"""
# With `sync`, as a copy that a power cut takes away again is none.
_RAW = """
label=com.docker.compose
docker volume create --label $label.project={copy} --label $label.volume=filedata {copy}_filedata
docker run --rm --network none -v {name}_filedata:/from:ro -v {copy}_filedata:/to \\
  --entrypoint sh stackctl/tools:local -c 'cp -a /from/. /to/ && sync'
docker compose -p {copy} up -d --wait
"""


def forks(program: str, write: Callable[[str], object], folder: Path, env: dict[str, str], runs: int) -> list[Ratio]:
    """Measure a fork whose source runs. The files are on one disk: where it shares blocks ours copies nothing."""
    write(COMPOSE)
    name, copy = folder.name, f"{folder.name}-raw"
    must((program, "up"), folder, env)
    must(("docker", "compose", "exec", "-T", "files", "python3", "-c", FILL_VOLUME), folder, env)

    def ours_gone() -> None:
        must(("sh", "-c", f"{shlex.quote(program)} instances remove {name}-fork --yes || true; sync"), folder, env)

    def theirs_gone() -> None:
        must(("sh", "-c", f"docker compose -p {copy} down --volumes --timeout 1 && sync"), folder, env)

    fork = Run((program, "up", "--instance", "fork", "--fork-from", "default"), folder, env, ours_gone)
    raw = Run(("sh", "-ec", _RAW.format(name=name, copy=copy)), folder, env, theirs_gone)
    try:
        return [compare("up --fork-from, 1 GiB / cp -a of it, docker compose up", fork, raw, 2.0, runs)]
    finally:
        ours_gone()
        theirs_gone()
