"""Compose that gives up on a dependency is run again once that is well; at most three times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.errors import StartError
from stackctl.health.wait import Watch
from stackctl.lifecycle.run_compose import run_compose
from tests.unit.fakes import FakeEngine, FakeHandle, container, doors, stack_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackctl.engine.door import Compose, Handle, OnLine

SHOP = stack_of({"db": {"image": "x", "restart": "always"}, "web": {"image": "x", "restart": "always"}})
GAVE_UP = "dependency failed to start: container shop-db-1 exited (1)\n"


@dataclass
class GivesUp(FakeEngine):
    """The first starts leave `web` created; then it is started."""

    times: int = 1
    says: str = GAVE_UP
    ups: list[tuple[str, ...]] = field(default_factory=list)

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        self.ups.append(tuple(words))
        failed = len(self.ups) <= self.times
        self.there = [container("db"), container("web", state="created" if failed else "running")]
        if failed:
            on_line(self.says)
        return FakeHandle(1 if failed else 0)

    def containers(self, project: str, below: Any = None) -> Any:
        return self.there


def run(home: Path, engine: GivesUp) -> Any:
    world = doors(home, engine).world
    return run_compose(world, None, ["--force-recreate"], Watch(SHOP, ("db", "web"), 60.0))  # type: ignore[arg-type]


def test_the_rest_is_started_again(tmp_path: Path) -> None:
    engine = GivesUp(times=2)
    waited = run(tmp_path, engine)
    assert {name: item.state for name, item in waited.standings.items()} == {"db": "ready", "web": "ready"}
    assert engine.ups == [("--force-recreate",), (), ()]


def test_at_most_three_times(tmp_path: Path) -> None:
    engine = GivesUp(times=9)
    with pytest.raises(StartError, match="dependency failed"):
        run(tmp_path, engine)
    assert len(engine.ups) == 4


def test_other_complaints_are_told_at_once(tmp_path: Path) -> None:
    engine = GivesUp(times=9, says="Error response from daemon: network x not found\n")
    with pytest.raises(StartError, match="network x not found"):
        run(tmp_path, engine)
    assert len(engine.ups) == 1
