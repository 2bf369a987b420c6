"""A backup is a stream: little memory however much there is, and no copy on any disk on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli import Cli, container, run_in
from tests.memory import peak_memory

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup")]

COMPOSE = """
services:
  files: {image: stackctl/tools:local, command: [sleep, infinity], init: true, volumes: [filedata:/srv]}
volumes: {filedata: }
"""
MOST = 150 * 1024  # KiB


def measured(cli: Cli, *words: str) -> int:
    """Run it and give the most memory in KiB that it, or a process of it, has had at a time."""
    process = cli.start(*words)
    assert process.stdout is not None
    assert process.stderr is not None
    most = peak_memory(process)
    said = process.stdout.read() + process.stderr.read()
    for stream in (process.stdout, process.stderr):
        stream.close()
    assert process.returncode == 0, said
    return most


def test_little_memory_and_no_disk_on_the_way(project: Callable[..., Cli], tmp_path: Path) -> None:
    cli = project(compose__yaml=COMPOSE)
    cli("up", "-q")
    run_in(container(cli.folder.name, "files"), "head -c 250000000 /dev/urandom > /srv/big")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    # A disk of 64 kB where temporary files go: a copy of anything would not fit.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", scratch], check=True)
    try:
        small = cli.having(TMPDIR=str(scratch))
        assert measured(small, "backup", "-q") < MOST
        assert measured(small, "restore", "--yes", "--no-safety-copy", "-q") < MOST
        assert list(scratch.iterdir()) == []
    finally:
        subprocess.run(["umount", scratch], check=True)
    stored = sum(path.stat().st_size for path in cli.home.rglob("*") if path.is_file())
    assert 250_000_000 < stored < 255_000_000, "the set, and nothing beside it"
