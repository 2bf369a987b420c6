from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackctl.backup.seeds import Seed, mark_due, read_states, seeds_of, set_state, waiting
from stackctl.engine.run import Outcome
from stackctl.errors import ConfigError, Misuse
from stackctl.stack.model import Stack, stack_from
from tests.unit.fakes import FakeEngine, doors


def model(seed: Any) -> Stack:
    services = {
        "db": {
            "image": "mongo:8",
            "volumes": [
                {"type": "volume", "source": "data", "target": "/data/db"},
                {"type": "volume", "source": "config", "target": "/data/configdb"},
            ],
        },
        "app": {"image": "acme/app"},
    }
    volumes = {name: {"name": f"shop_{name}"} for name in ("data", "config")}
    return stack_from({"name": "shop", "services": services, "volumes": volumes, "x-stackctl": {"seed": seed}})


def test_a_set_or_a_command(tmp_path: Path) -> None:
    assert seeds_of(model(None), tmp_path) == {}
    for value in ("seeds/shop.tar", {"set": "seeds/shop.tar"}):
        assert seeds_of(model({"db": value}), tmp_path) == {"db": Seed("db", tmp_path / "seeds/shop.tar", (), "")}
    found = seeds_of(model({"db": {"command": "fill --all", "in": "app"}}), tmp_path)
    assert found == {"db": Seed("db", None, ("sh", "-c", "fill --all"), "app")}
    assert seeds_of(model({"db": {"command": ["fill", "x"]}}), tmp_path)["db"].runs_in == "db"


@pytest.mark.parametrize(
    "raw",
    [
        "x",
        ["db"],
        {"db": 1},
        {"db": {}},
        {"db": {"set": "a", "command": "b"}},
        {"db": {"command": []}},
        {"db": {"x": 1}},
    ],
)
def test_what_is_not_understood(tmp_path: Path, raw: Any) -> None:
    with pytest.raises(ConfigError, match=r"x-stackctl\.seed"):
        seeds_of(model(raw), tmp_path)


def test_names_that_are_no_service(tmp_path: Path) -> None:
    for raw in ({"dbb": "x.tar"}, {"db": {"command": "x", "in": "ap"}}):
        with pytest.raises(Misuse, match="no service"):
            seeds_of(model(raw), tmp_path)


class Engine(FakeEngine):
    """An engine with these volumes."""

    kept: tuple[str, ...] = ()

    def run(self, argv: Any, **_more: Any) -> Outcome:
        assert tuple(argv) == ("volume", "ls", "--quiet")
        return Outcome(0, "\n".join(self.kept), "", 0.0)


@pytest.mark.parametrize(
    ("there", "starting", "due"),
    [
        ((), ("db",), ["db"]),
        (("shop_config",), ("db",), ["db"]),
        (("shop_data",), ("db",), []),
        ((), ("app",), []),
    ],
)
def test_a_seed_is_due_where_the_start_makes_the_data_volume(
    tmp_path: Path, there: tuple[str, ...], starting: tuple[str, ...], due: list[str]
) -> None:
    engine = Engine()
    engine.kept = there
    world = doors(tmp_path, engine).world
    stack = model({"db": "x.tar"})
    mark_due(world, stack, seeds_of(stack, tmp_path), starting)
    assert waiting(world, "shop") == due


def test_what_is_done_waits_no_more_and_what_was_interrupted_does(tmp_path: Path) -> None:
    world = doors(tmp_path, FakeEngine()).world
    for state, found in (("due", ["db"]), ("running", ["db"]), ("done", []), ("left out", [])):
        set_state(world, "shop", "db", state)
        assert waiting(world, "shop") == found
    assert read_states(world, "shop") == {"db": "left out"}
