"""Which instances there are, and ending one for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.engine.values import Volume
from stackctl.errors import ConfigError, EngineError, Misuse
from stackctl.instances.half import Half, forget_half, keep_half
from stackctl.instances.listing import gone, instances, unfinished
from stackctl.instances.remove import apply_remove, chosen, plan_remove, volumes_of
from stackctl.lifecycle.seat import take_seat
from stackctl.workspace.home import home, project_home
from stackctl.workspace.register import Register, Seat, read_register
from stackctl.workspace.target import Wish
from tests.unit.lifecycle.made import Shop, make_shop


@pytest.fixture
def review(tmp_path: Path) -> Shop:
    """An instance that is up, with data."""
    shop = make_shop(tmp_path)
    shop.wish = Wish(instance="review")
    take_seat(shop.doors.world, shop.target)
    shop.up()
    project = shop.target.project
    shop.engine.volume_list = [Volume(f"{project}_db-data", "db-data", "local", {})]
    shop.engine.sizes = {f"{project}_db-data": 4096}
    shop.engine.neighbours = [f"{project}-web-1\trunning\t\t{project}\tweb\t{shop.core}\t"]
    return shop


def register(shop: Shop) -> Register:
    return read_register(home(shop.doors.shell), shop.doors.world.files)


def test_an_instance_is_listed_with_where_and_how_it_is(review: Shop) -> None:
    (found,) = instances(review.doors.world)
    assert (found.seat.instance, found.seat.root, found.state) == ("review", str(review.root), "1 running")
    assert (found.branch, found.age) == ("", 60.0)
    review.engine.neighbours = []
    (found,) = instances(review.doors.world)
    assert found.state == "stopped"
    assert gone([found]) == []


def test_the_list_is_there_while_the_engine_is_down(review: Shop) -> None:
    review.engine.run_error = EngineError("no engine", "start it")
    (found,) = instances(review.doors.world)
    assert (found.state, found.disk, found.running) == ("unknown", None, None)


def test_an_instance_whose_folder_is_gone_is_offered_for_removal(review: Shop, tmp_path: Path) -> None:
    project = review.target.project
    review.root.rename(tmp_path / "away")
    (found,) = instances(review.doors.world)
    assert found.state == "folder is gone"
    (finding,) = gone([found])
    assert "1 of its containers run" in finding.message
    assert finding.hint == f"remove it: stackctl instances remove {project}"
    (plan,) = plan_remove(review.doors.world, "review")
    apply_remove(review.doors.world, plan)
    assert instances(review.doors.world) == []
    assert review.engine.containers(project) == []


def test_half_a_copy_is_told_with_what_becomes_of_it(review: Shop) -> None:
    project = review.target.project
    keep_half(review.doors.world, project, Half("shop-core-dev", "dev"))
    (found,) = instances(review.doors.world)
    assert found.state == "half a copy"
    (finding,) = unfinished([found])
    assert "the next `up` of it makes it again" in finding.hint
    forget_half(review.doors.world, project)
    assert unfinished(instances(review.doors.world)) == []


def test_a_damaged_register_is_not_taken_for_an_empty_one(review: Shop) -> None:
    (home(review.doors.shell) / "instances.json").write_text("{")
    with pytest.raises(ConfigError) as caught:
        instances(review.doors.world)
    assert caught.value.code == "register-damaged"


def test_what_is_lost_is_known_before_and_gone_after(review: Shop) -> None:
    project = review.target.project
    (plan,) = plan_remove(review.doors.world, "review", review.root)
    assert volumes_of([plan]) == [(f"{project}_db-data", 4096)]
    assert plan.lost() == [f"4 containers of {project}", f"1 secrets of {project}", "ports 21000–21049"]
    assert register(review).seat(project)
    apply_remove(review.doors.world, plan)
    assert register(review) == Register()
    assert review.engine.volume_list == []
    assert not project_home(review.doors.shell, project).exists()
    assert not (review.root / ".stackctl" / project).exists()
    assert review.env_file.exists(), "the env file is that of the environment"


def test_backups_stay(review: Shop) -> None:
    folder = project_home(review.doors.shell, review.target.project)
    (folder / "backups" / "2026").mkdir(parents=True)
    (plan,) = plan_remove(review.doors.world, "review")
    assert plan.keep == folder / "backups"
    apply_remove(review.doors.world, plan)
    assert [path.name for path in folder.iterdir()] == ["backups"]


def seat(project: str, root: str, instance: str = "review") -> Seat:
    return Seat(project, root, "core", "dev", instance, 1, 2, "2026-01-02T03:04:05+00:00")


def test_a_name_means_every_environment_of_one_folder() -> None:
    found = Register(seats=(seat("a-dev", "/a"), seat("a-prod", "/a"), seat("b-dev", "/b"), seat("c", "/c", "other")))
    assert [item.project for item in chosen(found, "review", Path("/a"))] == ["a-dev", "a-prod"]
    assert [item.project for item in chosen(found, "b-dev", Path("/a"))] == ["b-dev"]
    assert [item.project for item in chosen(found, "other", None)] == ["c"]
    with pytest.raises(Misuse) as caught:
        chosen(found, "review", Path("/elsewhere"))
    assert "2 folders: /a, /b" in caught.value.message
    assert "b-dev" in caught.value.hint
    with pytest.raises(Misuse) as caught:
        chosen(found, "reveiw", None)
    assert "did you mean “review”?" in caught.value.hint
