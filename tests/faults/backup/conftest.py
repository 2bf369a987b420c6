"""Every test of this folder runs once in `make test` and twenty times in `make soak`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.cli import RUN, Cli, docker, states, sweep
from tests.engine.conftest import engine, project  # noqa: F401 - fixtures
from tests.faults.backup.shop import COMPOSE, RUNS, Shop, Turn

SOAK = 20


@pytest.fixture(
    autouse=True, params=[0, *(pytest.param(number, marks=pytest.mark.soak) for number in range(1, SOAK + 1))]
)
def turn(request: pytest.FixtureRequest) -> Turn:
    """Which repeat this is."""
    return Turn(request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave repeats of a kill at a given change of the disk out: those tests meet each change once, none by chance."""
    again = {item for item in items if _repeats(getattr(item, "callspec", None))}
    config.hook.pytest_deselected(items=list(again))
    items[:] = [item for item in items if item not in again]


def _repeats(call: Any) -> bool:
    return call is not None and "at" in call.params and bool(call.params.get("turn"))


@pytest.fixture(scope="session")
def running(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:  # noqa: F811
    """The project that the tests share, with one verified set of it."""
    parent = tmp_path_factory.mktemp("shop")
    token = f"{RUN}shop"
    folder = parent / token
    folder.mkdir()
    cli = Cli(folder, parent / "home", token)
    cli.write(compose__yaml=COMPOSE)
    docker("compose", "up", "-d", "--no-start", cwd=folder)
    docker("run", "--rm", "-v", f"{token}_filedata:/srv", "stackctl/tools:local", "touch", "/srv/good")
    cli("up", "-q")
    shop = Shop(cli)
    shop.first = shop.put("first")
    made = cli("backup", "--json").data
    shop.base, shop.vault = made["id"], parent / "vault"
    shutil.copytree(made["folder"], shop.vault)
    yield shop
    sweep(token)


@pytest.fixture
def shop(running: Shop) -> Iterator[Shop]:
    """The shared project, all of it running, with no other set than the first."""
    running.cli.write(compose__yaml=COMPOSE)
    if states(running.name) != RUNS or running.journal():
        running.cli("up", "-q")
    running.pruned()
    yield running
