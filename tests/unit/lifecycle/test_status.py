from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.engine.values import Binding
from stackctl.errors import Misuse
from stackctl.lifecycle.status import ProjectStatus, Row, only, project_status, status_below
from stackctl.lifecycle.urls import urls
from tests.unit.fakes import START, Doors, FakeEngine, container, doors

if TYPE_CHECKING:
    from stackctl.engine.values import Container


def world_of(tmp_path: Path, *containers: Container) -> Doors:
    engine = FakeEngine()
    engine.there = list(containers)
    return doors(tmp_path, engine)


def row(tmp_path: Path, **facts: Any) -> Row:
    (found,) = project_status(world_of(tmp_path, container("web", **facts)).world, "shop").rows
    return found


def test_a_running_container_is_a_row(tmp_path: Path) -> None:
    assert row(
        tmp_path, health="healthy", restarts=2, ports=(Binding("127.0.0.1", 8081, 80, "tcp"),), image="acme/web:2"
    ) == Row("web", "shop-web-1", "running", "healthy", 60.0, 2, "acme/web:2", ("127.0.0.1:8081→80",), 0, "")


def test_what_does_not_run_is_not_up(tmp_path: Path) -> None:
    assert row(tmp_path, state="exited", exit_code=3).up_seconds is None
    assert row(tmp_path, state="running", started=None).up_seconds is None


def test_a_clock_that_is_behind_the_engines_gives_no_negative_time(tmp_path: Path) -> None:
    assert row(tmp_path, started=START + timedelta(seconds=5)).up_seconds == 0.0


@pytest.mark.parametrize(
    ("facts", "good"),
    [
        ({}, True),
        ({"health": "healthy"}, True),
        ({"health": "starting"}, False),
        ({"health": "unhealthy"}, False),
        ({"state": "exited"}, True),
        ({"state": "exited", "exit_code": 1}, False),
        ({"state": "restarting"}, False),
        ({"state": "created"}, False),
        ({"state": "paused"}, False),
        ({"state": "dead"}, False),
    ],
)
def test_it_is_as_it_should_be_or_not(tmp_path: Path, facts: dict[str, Any], good: bool) -> None:
    assert row(tmp_path, **facts).good is good


def test_a_stand_in_says_so(tmp_path: Path) -> None:
    assert row(tmp_path, labels={"stackctl.standin": "FerretDB"}).standin == "FerretDB"


def test_copies_are_told_apart(tmp_path: Path) -> None:
    copies = [container("web", id=str(number), name=f"shop-web-{number}", number=number) for number in (1, 2)]
    made = world_of(tmp_path, *copies, container("db"))
    status = project_status(made.world, "shop")
    assert [(item.container, item.many) for item in status.rows] == [
        ("shop-web-1", True),
        ("shop-web-2", True),
        ("shop-db-1", False),
    ]


def test_every_project_below_the_folder_is_shown_and_no_other(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    made = world_of(
        tmp_path,
        container("web", project="shop-prod", working_dir=str(root / "stacks" / "core")),
        container("web", project="shop-dev", working_dir=str(root / "stacks" / "core")),
        container("web", project="other", working_dir=str(tmp_path / "shopping")),
    )
    found = status_below(made.world, root)
    assert [status.project for status in found] == ["shop-dev", "shop-prod"]
    assert found[0].folder == str(root / "stacks" / "core")


def test_status_never_asks_for_the_model(tmp_path: Path) -> None:
    made = world_of(tmp_path, container("web"))
    project_status(made.world, "shop")
    status_below(made.world, tmp_path)
    assert (made.engine.composes, made.engine.asked) == ([], [])


def test_a_status_can_be_cut_to_services(tmp_path: Path) -> None:
    status = project_status(world_of(tmp_path, container("web"), container("db")).world, "shop")
    assert [item.service for item in only(status, ["db"]).rows] == ["db"]
    assert only(status, []) == status
    with pytest.raises(Misuse, match="wbe"):
        only(status, ["wbe"])


def test_a_project_without_containers_is_empty(tmp_path: Path) -> None:
    assert project_status(world_of(tmp_path).world, "shop") == ProjectStatus("shop", "", ())
    assert status_below(world_of(tmp_path).world, Path("/nowhere")) == []


def test_addresses_are_those_of_what_runs_each_once(tmp_path: Path) -> None:
    port = Binding("127.0.0.1", 27018, 27017, "tcp")
    made = world_of(
        tmp_path,
        container("db", image="mongo:8", ports=(port,)),
        container("db", image="mongo:8", id="two", ports=(port,)),
        container("old", image="redis:8", state="exited", ports=(Binding("127.0.0.1", 6379, 6379, "tcp"),)),
    )
    (address,) = urls(made.world, "shop")
    assert (address.url, address.user, address.secret) == ("mongodb://127.0.0.1:27018", "root", "mongo_root")
    assert urls(made.world, "shop", ["old"]) == []
