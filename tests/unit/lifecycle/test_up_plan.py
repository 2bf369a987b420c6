from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import ConfigError, EngineError, Misuse, Refused, StartError
from stackctl.stack.overlay import render
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import Doors, container, doors, image, snapshot
from tests.unit.lifecycle.made import bind

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.lifecycle.plan import UpPlan
    from tests.unit.lifecycle.made import Shop


def lines(plan: UpPlan) -> list[str]:
    return [str(step) for step in plan.steps()]


def test_the_plan_of_the_first_start(shop: Shop) -> None:
    plan = shop.plan()
    assert plan.title == "core · dev"
    assert lines(plan) == [
        "write dev.env from its template (2 new values)",
        "generate the secrets db_password",
        "build web: its image is not here",
        "create extra: it is not there",
        "create init: it is not there",
        "create db: it is not there",
        "create web: it is not there",
        "wait until every service is ready",
    ]
    assert (plan.unchanged, plan.left) == (False, ())


def test_planning_writes_nothing(shop: Shop) -> None:
    before = snapshot(shop.root.parents[1])
    shop.plan()
    assert snapshot(shop.root.parents[1]) == before
    assert shop.engine.verbs() == []


def test_what_runs_as_it_should_is_left_alone(running: Shop) -> None:
    plan = running.plan()
    assert plan.unchanged
    assert plan.changed == {}
    assert set(plan.left) == {"db", "web", "init", "extra"}
    assert running.engine.asked == []  # neither the engine's facts nor Compose's digests are needed


def test_a_service_that_is_gone_is_created(running: Shop) -> None:
    running.engine.there = [item for item in running.engine.there if item.service != "extra"]
    plan = running.plan()
    assert plan.creates == {"extra": "it is not there"}
    assert set(plan.left) == {"db", "web", "init"}


def test_a_service_that_has_stopped_is_started(running: Shop) -> None:
    running.engine.there = [
        replace(item, state="exited", exit_code=137) if item.service == "extra" else item
        for item in running.engine.there
    ]
    plan = running.plan()
    assert (plan.starts, plan.creates, plan.recreates) == ({"extra": "it is exited with exit code 137"}, {}, {})


def test_a_job_that_is_done_is_not_started_again(running: Shop) -> None:
    (init,) = [item for item in running.engine.there if item.service == "init"]
    assert (init.state, init.exit_code) == ("exited", 0)
    assert running.plan().starts == {}


def test_a_job_that_failed_is_started_again(running: Shop) -> None:
    running.engine.there = [
        replace(item, exit_code=1) if item.service == "init" else item for item in running.engine.there
    ]
    assert running.plan().starts == {"init": "it is exited with exit code 1"}


def test_a_service_that_runs_and_is_not_healthy_is_no_unchanged_start(running: Shop) -> None:
    running.engine.there = [
        replace(item, health="unhealthy") if item.service == "db" else item for item in running.engine.there
    ]
    assert not running.plan().unchanged


def test_a_changed_definition_is_recreated_and_nothing_else(running: Shop) -> None:
    running.service("extra")["environment"] = {"A": "2"}
    plan = running.plan()
    assert plan.recreates == {"extra": "A added"}
    assert set(plan.left) == {"db", "web", "init"}


def test_a_changed_secret_recreates_exactly_its_service(running: Shop) -> None:
    running.secret.write_text("another secret")
    plan = running.plan()
    assert plan.touched == {"db": "secret db_password changed"}
    assert (plan.creates, plan.recreates, plan.starts, plan.builds) == ({}, {}, {}, {})
    assert lines(plan) == ["recreate db: secret db_password changed", "wait until every service is ready"]


def test_a_changed_mounted_file_recreates_exactly_its_service(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 2\n")
    plan = running.plan()
    assert plan.touched == {"db": "db.conf changed"}
    assert set(plan.left) == {"web", "init", "extra"}


def test_several_changes_of_one_service_are_all_named(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 2\n")
    running.secret.write_text("another secret")
    assert running.plan().touched == {"db": "db.conf changed, secret db_password changed"}


def test_a_changed_file_in_a_mounted_folder_of_settings_counts(running: Shop) -> None:
    (running.core / "conf.d" / "a.conf").write_text("b\n")
    assert running.plan().touched == {"web": "a.conf changed"}


def test_a_new_file_in_a_mounted_folder_of_settings_counts(running: Shop) -> None:
    (running.core / "conf.d" / "b.conf").write_text("b\n")
    assert list(running.plan().touched) == ["web"]


def test_a_file_that_went_from_a_mounted_folder_of_settings_counts(running: Shop) -> None:
    (running.core / "conf.d" / "a.conf").unlink()
    assert list(running.plan().touched) == ["web"]


def test_the_apps_sources_are_mounted_for_it_to_reload(running: Shop) -> None:
    running.service("web")["build"] = {"context": str(running.core / "conf.d"), "dockerfile_inline": "FROM scratch"}
    running.up()
    running.forget_talk()
    (running.core / "app" / "main.py").write_text("print(2)\n")
    assert running.plan().unchanged


def test_a_touched_file_of_the_same_content_changes_nothing(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 1\n")
    running.secret.touch()
    assert running.plan().unchanged


def test_a_file_that_was_edited_while_it_started_counts_as_changed_the_next_time(shop: Shop) -> None:
    def edit(started: object) -> object:
        (shop.core / "db.conf").write_text("port 2\n")
        return started

    shop.engine.after_start = edit  # type: ignore[assignment]
    shop.up()
    assert shop.plan().touched == {"db": "db.conf changed"}


def test_containers_that_somebody_else_made_again_are_not_compared_with_the_old_record(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 2\n")
    running.engine.there = [
        replace(item, id="docker-compose-made-this") if item.service == "db" else item for item in running.engine.there
    ]
    assert running.plan().touched == {}


def test_a_new_image_recreates(running: Shop) -> None:
    running.engine.local["acme/extra:1"] = image("acme/extra:1", id="sha256:newer")
    plan = running.plan()
    assert plan.recreates == {"extra": "its image changed"}


def test_an_image_that_is_gone_is_fetched_and_its_service_recreated(running: Shop) -> None:
    del running.engine.local["acme/extra:1"]
    plan = running.plan()
    assert plan.images.pulls == ("acme/extra:1",)
    assert list(plan.recreates) == ["extra"]
    assert lines(plan)[0] == "fetch acme/extra:1: it is not here"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("requirements.txt", "x==2\n", "requirements.txt changed"),
        ("Dockerfile", "FROM scratch\n", "Dockerfile changed"),
        ("new.py", "pass\n", "new.py added"),
    ],
)
def test_a_changed_build_input_rebuilds_and_says_why(running: Shop, name: str, text: str, why: str) -> None:
    (running.core / "app" / name).write_text(text)
    plan = running.plan()
    assert list(plan.builds) == ["web"]
    assert plan.builds["web"].startswith(why)
    assert plan.touched == {}
    assert lines(plan)[0].startswith(f"build web: {why}")


def test_an_ignored_file_is_no_build_input(running: Shop) -> None:
    (running.core / "app" / ".dockerignore").write_text("*.log\n")
    running.up()
    (running.core / "app" / "x.log").write_text("noise\n")
    assert running.plan().unchanged


def test_a_changed_argument_is_a_build_input(running: Shop) -> None:
    running.service("web")["build"]["args"] = {"VERSION": "2"}
    assert "argument VERSION" in running.plan().builds["web"]


def test_building_can_be_asked_for_and_forbidden(running: Shop) -> None:
    assert running.plan(build=True).builds == {"web": "--build"}
    (running.core / "app" / "main.py").write_text("print(2)\n")
    assert running.plan(build=False).builds == {}


@pytest.mark.parametrize("asked", ["force_recreate", "pull", "restart"])
def test_what_is_asked_for_is_work_even_where_nothing_changed(running: Shop, asked: str) -> None:
    assert not running.plan(**{asked: True}).unchanged


def test_more_containers_than_wanted_are_not_as_it_should_be(running: Shop) -> None:
    (one,) = [item for item in running.engine.there if item.service == "extra"]
    running.engine.there.append(replace(one, id="extra-two", number=2))
    assert not running.plan().unchanged


def test_a_service_brings_what_it_needs(shop: Shop) -> None:
    assert shop.plan(services=("web",)).selected == ("init", "db", "web")
    assert shop.plan(services=("web",), no_deps=True).selected == ("web",)


def test_a_service_that_is_left_out_is_no_dependency_any_more(shop: Shop) -> None:
    plan = shop.plan(without=("db",))
    assert "db" not in plan.selected
    assert set(plan.selected) == {"web", "init", "extra"}
    assert plan.overlay.depends_on == {"web": {}}
    assert "depends_on: !override {}" in render(plan.overlay)


def test_the_other_dependencies_stay(shop: Shop) -> None:
    shop.service("web")["depends_on"]["extra"] = {"condition": "service_started", "required": True}
    assert shop.plan(without=("db",)).overlay.depends_on == {"web": {"extra": "service_started"}}


def test_an_optional_dependency_whose_profile_is_off_does_not_become_required(shop: Shop) -> None:
    # Compose prints it in the model of `web` although there is no such service; required, it would refuse the file.
    shop.service("web")["depends_on"]["tracing"] = {"condition": "service_started", "required": False}
    text = render(shop.plan(without=("db",)).overlay)
    assert "tracing" not in text or '"required": false' in text


def test_leaving_everything_out_is_misuse(shop: Shop) -> None:
    with pytest.raises(Misuse):
        shop.plan(services=("extra",), without=("extra",))


@pytest.mark.parametrize("asked", [{"services": ("wbe",)}, {"without": ("wbe",)}])
def test_a_wrong_service_gets_a_guess(shop: Shop, asked: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Misuse) as caught:
        shop.plan(**asked)
    assert "did you mean “web”?" in caught.value.hint


def test_a_wrong_environment_as_first_word_gets_a_guess(shop: Shop) -> None:
    with pytest.raises(Misuse) as caught:
        shop.plan(services=("pord",))
    assert caught.value.code == "unknown-environment"


def test_a_project_of_another_folder_is_refused(shop: Shop, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "shop" / "stacks" / "core"
    other.mkdir(parents=True)
    shop.engine.there = [container("web", project="shop-core-dev", working_dir=str(other))]
    with pytest.raises(Refused) as caught:
        shop.plan()
    assert (caught.value.exit_code, caught.value.code) == (7, "foreign-project")
    assert str(other) in caught.value.message
    assert "--instance" in caught.value.hint


def test_a_folder_that_is_gone_owns_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.engine.there = [container("extra", project="shop-core-dev", working_dir=str(tmp_path / "gone"))]
    assert not shop.plan().unchanged


def test_stored_secrets_of_another_folder_are_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    owner = shop.home / "projects" / "shop-core-dev" / "owner.json"
    owner.parent.mkdir(parents=True)
    owner.write_text(f'{{"root": "{tmp_path / "elsewhere"}"}}')
    with pytest.raises(Refused) as caught:
        shop.plan()
    assert caught.value.code == "foreign-project"
    assert str(tmp_path / "elsewhere") in caught.value.message


def test_every_missing_variable_is_named_at_once(shop: Shop) -> None:
    shop.engine.model_error = ConfigError("the variable A is missing", code="variable-missing")
    shop.engine.missing = ["A", "B", "C"]
    with pytest.raises(ConfigError) as caught:
        shop.plan()
    assert caught.value.code == "variable-missing"
    assert [finding.subject for finding in caught.value.findings] == ["A", "B", "C"]
    assert "A, B, C" in caught.value.message


def test_every_required_value_of_the_template_is_named_at_once(shop: Shop) -> None:
    template = shop.root / "env" / "core" / "dev.env.template"
    template.write_text(template.read_text() + "\n# @required\nTEAM=\n\n# @required\nREGION=\n")
    with pytest.raises(ConfigError) as caught:
        shop.plan()
    assert caught.value.code == "variable-missing"
    assert [finding.subject for finding in caught.value.findings] == ["TEAM", "REGION"]


def test_yaml_that_does_not_parse_is_named_with_line_and_column(shop: Shop) -> None:
    (shop.core / "dev.yml").write_text("services:\n  web: [\n")
    shop.engine.model_error = ConfigError("yaml: line 1: something", code="yaml-invalid")
    with pytest.raises(ConfigError, match=r"dev\.yml:3:1"):
        shop.plan()


def test_a_mounted_file_that_is_missing_ends_the_start_before_it_begins(shop: Shop) -> None:
    (shop.core / "db.conf").unlink()
    before = snapshot(shop.root)
    with pytest.raises(StartError) as caught:
        shop.plan()
    assert (caught.value.exit_code, caught.value.code) == (5, "bind-source-missing")
    assert (snapshot(shop.root), shop.engine.verbs()) == (before, [])


def test_a_full_disk_ends_the_start_before_it_begins(shop: Shop) -> None:
    shop.doors.host.free = 10**6
    with pytest.raises(StartError) as caught:
        shop.plan()
    assert caught.value.code == "disk-full"


def test_an_engine_that_does_not_answer_is_said_so(shop: Shop, tmp_path: Path) -> None:
    class Down(type(shop.engine)):  # type: ignore[misc]
        def containers(self, project: str, below: Path | None = None) -> list[object]:
            raise EngineError("the Docker engine does not answer")

    made: Doors = doors(tmp_path / "home", Down(shop.engine.model, tmp_path / "home"))
    shop.doors = made
    with pytest.raises(EngineError):
        shop.plan()


def test_orphans_are_a_finding(running: Shop) -> None:
    running.engine.there.append(container("old", project="shop-core-dev"))
    plan = running.plan()
    (finding,) = [item for item in plan.findings if item.code == "orphans"]
    assert finding.severity == "warning"
    assert "old" in finding.message
    assert "--remove-orphans" in finding.hint


def test_asking_for_orphans_to_go_is_work(running: Shop) -> None:
    running.engine.there.append(container("old", project="shop-core-dev"))
    assert not running.plan(remove_orphans=True).unchanged


def test_a_variable_of_the_shell_over_the_env_file_is_a_finding(running: Shop) -> None:
    running.doors.shell["WEB_PORT"] = "9"
    (finding,) = [item for item in running.plan().findings if item.code == "shadowed"]
    assert "WEB_PORT" in finding.message


def test_a_variable_of_the_shell_reaches_compose_only_where_a_file_names_it(shop: Shop) -> None:
    shop.doors.shell |= {"IMG": "x:2", "AWS_TOKEN": "t"}
    (shop.core / "base.yml").write_text("services:\n  web: {image: '${IMG}'}\n")
    shop.plan()
    variables = shop.engine.composes[-1].variables
    assert variables["IMG"] == "x:2"
    assert "AWS_TOKEN" not in variables


def test_before_the_env_file_is_there_compose_gets_its_values_all_the_same(shop: Shop) -> None:
    shop.plan()
    assert shop.engine.composes[-1].variables["WEB_PORT"] == "8080"
    assert not [word for word in shop.engine.composes[-1].args if word.endswith("dev.env")]


def test_secrets_are_learnt_before_anything_is_shown(running: Shop) -> None:
    value = running.secret.read_text()
    running.plan()
    assert value not in running.doors.mask(f"said {value}")


def test_a_plain_project_needs_no_files_of_ours(tmp_path: Path) -> None:
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.up_plan import plan_up
    from tests.unit.fakes import FakeEngine

    root = tmp_path / "plain"
    root.mkdir()
    (root / "compose.yaml").write_text("services:\n  web: {image: acme/web:1}\n")
    engine = FakeEngine({"services": {"web": {"image": "acme/web:1", "restart": "always"}}})
    engine.local["acme/web:1"] = image("acme/web:1")
    made = doors(tmp_path / "home", engine)
    target = find_target(Place(root, plain=True), Wish(), made.shell)
    made_by_compose = container(
        "web",
        project="plain",
        working_dir=str(root),
        image_id="sha256:acme/web:1",
        config_hash=engine.hash_of("web"),
    )
    engine.there = [made_by_compose]
    plan = plan_up(made.world, target, UpRequest())
    assert plan.unchanged  # after `docker compose up -d`, stackctl up changes no container
    engine.there = []
    assert plan_up(made.world, target, UpRequest()).creates == {"web": "it is not there"}


def test_a_folder_outside_etc_or_writable_is_not_settings(running: Shop) -> None:
    running.service("extra")["volumes"] = [
        bind(running.core / "conf.d", "/srv/data"),
        bind(running.core / "conf.d", "/etc/extra", read_only=False),
    ]
    running.up()
    (running.core / "conf.d" / "a.conf").write_text("c\n")
    assert list(running.plan().touched) == ["web"]


DERIVED = """
# stackctl: derive=redis-uri(db_password) file=db_uri
# @required @sensitive
DB_URI=
"""


def test_who_reads_only_a_derived_secret_is_recreated_with_its_source(shop: Shop) -> None:
    template = shop.root / "env" / "core" / "base.env.template"
    template.write_text(template.read_text() + DERIVED)
    uri = shop.secret.with_name("db_uri")
    shop.engine.model["secrets"] = {
        "db_password": {"name": "db_password", "file": str(shop.secret)},
        "db_uri": {"name": "db_uri", "file": str(uri)},
    }
    shop.service("web")["secrets"] = [{"source": "db_uri"}]
    shop.up()
    assert uri.read_text() == f"redis://default:{shop.secret.read_text()}@redis:6379/0"
    shop.secret.write_text("another-password")
    assert shop.plan().touched == {"db": "secret db_password changed", "web": "secret db_uri changed"}
    shop.up()
    assert uri.read_text() == "redis://default:another-password@redis:6379/0"
    assert shop.plan().unchanged
