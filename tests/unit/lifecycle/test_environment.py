from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from stackctl.lifecycle.environment import apply_environment, plan_environment
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.lifecycle.made import Shop


def make(shop: Shop) -> None:
    apply_environment(shop.doors.world, plan_environment(shop.doors.world, shop.target))


def secret_of(shop: Shop, project: str) -> Path:
    return shop.home / "projects" / project / "secrets" / "db_password"


def test_the_first_plan_says_what_it_makes_and_no_values(shop: Shop) -> None:
    plan = plan_environment(shop.doors.world, shop.target)
    assert not plan.empty
    assert plan.steps() == ["write dev.env from its template (2 new values)", "generate the secrets db_password"]
    assert plan.new_secret_files == {secret_of(shop, "shop-core-dev")}
    assert plan.variables == {
        "STACKCTL_SECRETS_DIR": str(secret_of(shop, "shop-core-dev").parent),
        "WEB_PORT": "8080",
    }


def test_planning_makes_nothing(shop: Shop) -> None:
    before = snapshot(shop.root.parents[1])
    plan_environment(shop.doors.world, shop.target)
    assert snapshot(shop.root.parents[1]) == before


def test_the_env_file_and_the_secrets_are_made_private(shop: Shop) -> None:
    make(shop)
    assert stat.S_IMODE(shop.env_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(shop.secret.parent.stat().st_mode) == 0o700
    assert shop.secret.read_text() not in shop.env_file.read_text()
    assert f"STACKCTL_SECRETS_DIR={shop.secret.parent}" in shop.env_file.read_text()


def test_a_second_plan_is_empty(shop: Shop) -> None:
    make(shop)
    plan = plan_environment(shop.doors.world, shop.target)
    assert plan.empty
    assert (plan.steps(), plan.new_secret_files, plan.variables) == ([], frozenset(), {})


def test_what_the_user_wrote_stays(shop: Shop) -> None:
    shop.env_file.write_text("# mine\nWEB_PORT=9999\n")
    make(shop)
    assert shop.env_file.read_text().endswith("\n# mine\nWEB_PORT=9999\n")


def test_a_new_value_of_the_template_is_added(shop: Shop) -> None:
    make(shop)
    template = shop.root / "env" / "core" / "dev.env.template"
    template.write_text(template.read_text() + "\n# More.\nMORE=1\n")
    plan = plan_environment(shop.doors.world, shop.target)
    assert plan.steps() == ["write dev.env from its template (1 new values)"]
    apply_environment(shop.doors.world, plan)
    assert "MORE=1" in shop.env_file.read_text()
    assert plan_environment(shop.doors.world, shop.target).empty


def test_a_secret_that_is_there_is_never_made_again(shop: Shop) -> None:
    make(shop)
    value = shop.secret.read_text()
    shop.env_file.unlink()
    make(shop)
    assert shop.secret.read_text() == value


def test_an_instance_has_secrets_of_its_own_and_a_small_file_that_points_to_them(shop: Shop) -> None:
    make(shop)
    before = shop.env_file.read_bytes()
    shop.wish = Wish(instance="two")
    plan = plan_environment(shop.doors.world, shop.target)
    assert not plan.empty
    own = shop.root / ".stackctl" / "shop-core-dev-two" / "instance.env"
    assert plan.target.env_files == (shop.env_file, own)
    assert plan.variables["STACKCTL_SECRETS_DIR"] == str(secret_of(shop, "shop-core-dev-two").parent)
    apply_environment(shop.doors.world, plan)
    assert f"STACKCTL_SECRETS_DIR={secret_of(shop, 'shop-core-dev-two').parent}" in own.read_text()
    assert shop.env_file.read_bytes() == before
    values = {secret_of(shop, name).read_text() for name in ("shop-core-dev", "shop-core-dev-two")}
    assert len(values) == 2


def test_an_instances_second_plan_is_empty_and_keeps_its_files(shop: Shop) -> None:
    shop.wish = Wish(instance="two")
    make(shop)
    plan = plan_environment(shop.doors.world, shop.target)
    assert plan.empty
    assert [path.name for path in plan.target.env_files] == ["dev.env", "instance.env"]


def test_an_instance_that_comes_first_leaves_the_env_file_to_the_main_project(shop: Shop) -> None:
    shop.wish = Wish(instance="two")
    make(shop)
    assert f"STACKCTL_SECRETS_DIR={secret_of(shop, 'shop-core-dev').parent}" in shop.env_file.read_text()
    shop.wish = Wish()
    make(shop)
    assert secret_of(shop, "shop-core-dev").is_file()
    assert plan_environment(shop.doors.world, shop.target).empty


def test_a_whole_start_of_an_instance_is_complete_the_second_time(shop: Shop) -> None:
    shop.up()
    shop.wish = Wish(instance="two")
    shop.up()
    assert shop.plan().unchanged
    shop.wish = Wish()
    assert shop.plan().unchanged
    assert {item.project for item in shop.engine.there} == {"shop-core-dev", "shop-core-dev-two"}


def test_the_first_folder_owns_the_project(shop: Shop) -> None:
    make(shop)
    assert str(shop.root) in (shop.home / "projects" / "shop-core-dev" / "owner.json").read_text()


def test_a_stack_without_templates_and_a_plain_project_need_nothing(shop: Shop, tmp_path: Path) -> None:
    for path in (shop.root / "env" / "core").iterdir():
        path.unlink()
    plan = plan_environment(shop.doors.world, shop.target)
    assert (plan.empty, plan.target) == (True, shop.target)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "compose.yaml").write_text("services: {a: {image: x}}\n")
    target = find_target(Place(tmp_path / "p", plain=True), Wish(), {})
    assert plan_environment(shop.doors.world, target).empty
