from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackctl.engine.values import Volume
from stackctl.errors import Refused
from stackctl.lifecycle.down import LostVolume, apply_down, plan_down, plan_project, removed_services
from tests.unit.fakes import container, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.lifecycle.down import DownPlan
    from tests.unit.lifecycle.made import Shop

PROJECT = "shop-core-dev"


@pytest.fixture
def filled(running: Shop) -> Shop:
    running.engine.volume_list = [Volume(f"{PROJECT}_{key}", key, "local", {}) for key in ("db-data", "cache")] + [
        Volume("other_db-data", "db-data", "local", {})
    ]
    running.engine.network_list = [f"{PROJECT}_default"]
    running.engine.sizes = {f"{PROJECT}_db-data": 1234}
    return running


def planned(shop: Shop, *, volumes: bool = False) -> DownPlan:
    return plan_down(shop.doors.world, shop.target, volumes)


def test_data_stays_and_that_is_said(filled: Shop) -> None:
    plan = planned(filled)
    assert plan.steps() == [
        "stop and remove 4 containers: db, extra, init, web",
        f"remove the networks {PROJECT}_default",
        f"keep the data: 2 volumes ({PROJECT}_db-data, {PROJECT}_cache)",
    ]
    assert (plan.remove, plan.empty, plan.title) == ((), False, "core · dev")


def test_planning_changes_nothing(filled: Shop) -> None:
    before = snapshot(filled.root.parents[1])
    planned(filled, volumes=True)
    assert (filled.engine.verbs(), snapshot(filled.root.parents[1])) == ([], before)


def test_going_down_keeps_volumes_secrets_and_the_env_file(filled: Shop) -> None:
    before = snapshot(filled.root.parents[1])
    apply_down(filled.doors.world, planned(filled))
    assert filled.engine.verbs() == [f"down {PROJECT}"]
    assert [volume.name for volume in filled.engine.volumes(PROJECT)] == [f"{PROJECT}_db-data", f"{PROJECT}_cache"]
    assert snapshot(filled.root.parents[1]) == before


def test_volumes_are_listed_with_their_size_before_they_go(filled: Shop) -> None:
    plan = planned(filled, volumes=True)
    assert plan.remove == (LostVolume(f"{PROJECT}_db-data", 1234), LostVolume(f"{PROJECT}_cache", None))
    assert plan.keep == ()
    assert f"remove the volume {PROJECT}_db-data and all its data" in plan.steps()
    apply_down(filled.doors.world, plan)
    assert filled.engine.verbs() == [f"down {PROJECT}", f"remove_volumes {PROJECT}_db-data {PROJECT}_cache"]
    assert [volume.name for volume in filled.engine.volume_list] == ["other_db-data"]


def test_with_the_volumes_goes_what_is_known_of_them_and_secrets_stay(filled: Shop) -> None:
    home = filled.home / "projects" / PROJECT
    assert (home / "applied.json").is_file()
    (home / "volumes.json").write_text('{"volumes": {}}')
    apply_down(filled.doors.world, planned(filled, volumes=True))
    assert not (home / "applied.json").exists()
    assert not (home / "volumes.json").exists()
    assert filled.secret.is_file()


def test_what_is_down_already_is_empty_and_costs_nothing(filled: Shop) -> None:
    apply_down(filled.doors.world, planned(filled))
    filled.forget_talk()
    plan = planned(filled)
    assert plan.empty
    apply_down(filled.doors.world, plan)
    assert (filled.engine.verbs(), filled.doors.heard.events) == ([], [])


def test_volumes_can_go_later(filled: Shop) -> None:
    apply_down(filled.doors.world, planned(filled))
    plan = planned(filled, volumes=True)
    assert not plan.empty
    assert plan.steps()[0] == f"remove the volume {PROJECT}_db-data and all its data"


def test_containers_of_any_profile_and_orphans_go_too(filled: Shop) -> None:
    filled.engine.there.append(container("removed-from-the-files", project=PROJECT))
    assert "removed-from-the-files" in removed_services(planned(filled))


def test_a_project_goes_by_its_name_alone_when_its_files_are_broken(filled: Shop) -> None:
    (filled.core / "base.yml").write_text("[")
    plan = plan_project(filled.doors.world, PROJECT, "core · dev", volumes=False)
    assert len(plan.containers) == 4
    assert removed_services(plan) == ["db", "extra", "init", "web"]


def test_a_project_of_another_folder_is_refused(filled: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    filled.engine.there = [container("web", project=PROJECT, working_dir=str(tmp_path / "elsewhere"))]
    with pytest.raises(Refused) as caught:
        planned(filled)
    assert caught.value.code == "foreign-project"


def test_another_project_is_not_touched(filled: Shop) -> None:
    filled.engine.there.append(container("web", project="shop-core-prod"))
    filled.engine.network_list.append("shop-core-prod_default")
    apply_down(filled.doors.world, planned(filled, volumes=True))
    assert [item.project for item in filled.engine.there] == ["shop-core-prod"]
    assert filled.engine.network_list == ["shop-core-prod_default"]


def test_after_down_an_up_creates_all_and_keeps_the_secret(filled: Shop) -> None:
    value = filled.secret.read_text()
    apply_down(filled.doors.world, planned(filled))
    plan = filled.plan()
    assert set(plan.creates) == {"db", "web", "init", "extra"}
    assert plan.env.empty
    filled.up()
    assert filled.secret.read_text() == value
