"""Fixtures of the tests that run the command line on a real engine. A missing engine fails them; none is skipped."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.cli import RUN, STACKCTL, Cli, Json, docker, new_workspace, sweep

_NUMBERS = itertools.count(1)
Project = Callable[..., Cli]


@dataclass(frozen=True)
class Core:
    """A started environment of a core workspace, and the envelope of its first start."""

    cli: Cli
    environment: str
    project: str
    first: Json

    def url(self, service: str, label: str = "") -> str:
        """The address of a service, as `urls` gives it."""
        rows = self.cli("urls", self.environment, service, "--json").data["urls"]
        found: str = next(row["url"] for row in rows if not label or row["label"] == label)
        return found

    def secret(self, name: str) -> Path:
        """The file of a stored secret."""
        return self.cli.home / "projects" / self.project / "secrets" / name


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """The engine answers, the local images are here; all that this run made is removed at its end."""
    assert STACKCTL.is_file(), f"{STACKCTL} is missing: make venv"
    # A run in the background ignores Ctrl-C, and what it starts would inherit that: Python never undoes it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    docker("version")  # fails with the client's own words where no engine answers
    here = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "stackctl/*").split()
    missing = {f"stackctl/{name}:local" for name in ("tools", "redis", "mongodb", "python")} - set(here)
    assert not missing, f"{', '.join(sorted(missing))} missing: make images"
    yield
    sweep(RUN)


@pytest.fixture
def project(engine: None, tmp_path: Path) -> Iterator[Project]:
    """Make folders with files (`compose__yaml="…"`), each with a name of its own; their containers go with the test."""
    made: list[Cli] = []

    def make(name: str = "", **files: str) -> Cli:
        token = f"{RUN}p{next(_NUMBERS)}"
        folder = tmp_path / (f"{token}-{name}" if name else token)
        folder.mkdir()
        cli = Cli(folder, tmp_path / "home", token)
        made.append(cli)
        cli.write(**files)
        return cli

    yield make
    for cli in made:
        sweep(cli.token)


@pytest.fixture
def workspace(engine: None, tmp_path: Path) -> Iterator[Cli]:
    """A fresh workspace with the core stack; nothing of it runs yet."""
    cli = new_workspace(tmp_path / f"{RUN}w{next(_NUMBERS)}", tmp_path / "home")
    yield cli
    sweep(cli.token)


@pytest.fixture(scope="session")
def core_workspace(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The workspace that the tests of the core stack share."""
    parent = tmp_path_factory.mktemp("core")
    cli = new_workspace(parent / f"{RUN}c", parent / "home")
    yield cli
    sweep(cli.token)


@pytest.fixture(scope="session")
def dev(core_workspace: Cli) -> Core:
    """The core stack in dev, started from a clean copy."""
    return _started(core_workspace, "dev")


@pytest.fixture(scope="session")
def prod(core_workspace: Cli, dev: Core) -> Core:
    """The core stack in prod, beside dev."""
    return _started(core_workspace, "prod")


@pytest.fixture
def mended(dev: Core) -> Iterator[Core]:
    """Dev for a test that changes it; files come back as they were, and what was stopped is started again."""
    root = dev.cli.folder
    watched = [path for path in (root / "stacks").rglob("*") if path.is_file()]
    kept = {path: path.read_bytes() for path in (*watched, dev.secret("grafana_admin"), dev.secret("redis_password"))}
    yield dev
    for path, data in kept.items():
        if path.read_bytes() != data:
            path.write_bytes(data)
    dev.cli("up", "dev", "-q")


def _started(cli: Cli, environment: str) -> Core:
    answer = cli("up", environment, "--auto-ports", "--json")
    return Core(cli, environment, answer.data["project"], answer.envelope)
