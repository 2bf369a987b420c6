"""Environments for existing projects: the same model as before, no byte of the user's files changed, no value copied.

Compose itself says what a project is: `docker compose config` needs no engine.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from stackctl.engine.docker import DockerEngine
from stackctl.env.template import load as load_template
from stackctl.errors import ConfigError, Refused
from stackctl.lifecycle.scene import compose_of
from stackctl.lifecycle.world import World
from stackctl.mask import Mask
from stackctl.onboard.adopt import plan_adopt
from stackctl.onboard.adoption import apply_adopt
from stackctl.onboard.same import differences
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import FakeClock, FakeEntropy, FakeHost, Heard, snapshot
from tests.unit.onboard.public_projects import PROJECTS

if TYPE_CHECKING:
    from stackctl.onboard.adoption import AdoptPlan


def world_of(home: Path, **shell: str) -> World:
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "STACKCTL_HOME": str(home), **shell}
    mask = Mask()
    engine = DockerEngine(variables, mask, lambda _line: None)
    return World(engine, DiskFiles(), FakeClock(), FakeHost(), FakeEntropy(), variables, mask, Heard())


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).lstrip("\n").encode())
    return root


FOUND = {path.name: path for path in sorted((Path(__file__).parent / "projects").iterdir())}


def project(name: str, folder: Path) -> Path:
    """A project as it lies on somebody's disk: those of `projects/` are whole trees, `env.txt` being their `.env`."""
    if name not in FOUND:
        return put(folder, PROJECTS[name])
    shutil.copytree(FOUND[name], folder)
    if (folder / "env.txt").exists():
        (folder / "env.txt").rename(folder / ".env")
    return folder


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[AdoptPlan, World]]:
    """What would be written for each whole project, asked of Compose once."""
    folder = tmp_path_factory.mktemp("projects")
    worlds = {name: world_of(folder / "home") for name in FOUND}
    return {name: (plan_adopt(world, project(name, folder / name)), world) for name, world in worlds.items()}


def model(world: World, root: Path, env: str = "") -> object:
    target = find_target(Place(root, plain=True), Wish(env=env, profiles=("*",)), world.shell)
    return world.engine.config(compose_of(world, target))


@pytest.mark.parametrize("name", [*FOUND, *PROJECTS])
def test_dev_is_the_model_that_compose_loaded_before(name: str, tmp_path: Path) -> None:
    root, world = project(name, tmp_path / "shop"), world_of(tmp_path / "home")
    before, there = model(world, root), snapshot(root)
    plan = plan_adopt(world, root)
    assert snapshot(root) == there, "a plan writes nothing"
    apply_adopt(plan, world.files)
    assert differences(before, model(world, root, "dev"), plan.labels) == []
    assert model(world, root, "prod"), "and prod is one that Compose takes"
    assert differences(before, model(world, root)) == [], "without an environment all is as it was"
    now = snapshot(root)
    assert {path: data for path, data in now.items() if path in there} == there, "no byte of theirs changed"
    assert plan_adopt(world, root).files == (), "once is enough"


def test_no_value_of_an_env_file_is_in_what_is_written_or_shown(plans: dict[str, tuple[AdoptPlan, World]]) -> None:
    seen = 0
    for name, (plan, world) in plans.items():
        values = loose_values(FOUND[name] / "env.txt")
        written = [path.read_text() for path in FOUND[name].rglob("*") if path.is_file() and path.name != "env.txt"]
        text = "\n".join([*plan.diff(world.mask), *plan.notes, *(item.after.decode() for item in plan.files)])
        for value in values:
            if not any(value in known for known in written):  # `true` and `3000` stand in the Compose files as well
                seen += 1
                assert value not in text, name
    assert seen > 12


def loose_values(path: Path) -> list[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [value.strip("\"'") for line in lines if (value := line.partition("=")[2]) and len(value) > 3]


def test_the_labels_are_those_that_help(plans: dict[str, tuple[AdoptPlan, World]]) -> None:
    found = {
        name: {(item.service, item.label.removeprefix("stackctl."), item.value) for item in plan.labels}
        for name, (plan, _world) in plans.items()
    }
    assert found == {
        "django": {("db", "service", "postgres"), ("migrate", "oneshot", "true"), ("web", "probe", "8000/")},
        "rails": {("web", "probe", "3000/")},
        "laravel": {("laravel.test", "probe", "80/")},
        "wordpress": {("wordpress", "probe", "80/")},
        "mean": {
            ("angular", "probe", "4200/"),
            ("express", "probe", "3000/"),
            ("database", "service", "mongodb"),
            ("mongo-seed", "oneshot", "true"),
        },
        "monitoring": {("cadvisor", "probe", "8080/")},
        "nginx-flask-mongo": set(),
        "monorepo": {("api", "probe", "8080/"), ("site", "probe", "5173/")},
        "anchors-and-profiles": set(),  # their entries in the override are an alias, and a merge
        "several-files": {("api", "probe", "8080/")},
    }
    assert any("admin, gateway" in note for note in plans["anchors-and-profiles"][0].notes)


def test_comments_of_the_override_are_kept(tmp_path: Path) -> None:
    root, world = put(tmp_path / "shop", PROJECTS["web and database"]), world_of(tmp_path / "home")
    apply_adopt(plan_adopt(world, root), world.files)
    lines = (root / "compose.dev.yaml").read_text().splitlines()
    mine = (root / "docker-compose.override.yml").read_text().splitlines()
    assert [line for line in lines[2:] if "stackctl." not in line] == mine
    assert any("# live" in line for line in mine)


def test_a_template_has_names_and_kinds_and_no_value(tmp_path: Path) -> None:
    root, world = put(tmp_path / "shop", PROJECTS["web and database"]), world_of(tmp_path / "home")
    plan = plan_adopt(world, root)
    apply_adopt(plan, world.files)
    data = (root / ".env.template").read_bytes()
    for value in ("hunter2", "blog.example", "8080", "true\n"):
        assert value not in "\n".join(plan.diff(world.mask))
    items = {item.key: item for item in load_template(data, ".env.template", "project").items}
    assert {key: bool(item.sensitive) for key, item in items.items()} == {
        "DB_PASSWORD": True,
        "WP_DEBUG": False,
        "SITE_URL": False,
        "WEB_PORT": False,
    }
    assert all(not item.default for item in items.values())


def test_the_diff_shows_every_line_that_will_be_written(tmp_path: Path) -> None:
    root, world = put(tmp_path / "shop", PROJECTS["profiles"]), world_of(tmp_path / "home")
    (root / ".gitignore").write_text("node_modules")
    plan = plan_adopt(world, root)
    apply_adopt(plan, world.files)
    shown = [line[1:] for line in plan.diff(world.mask) if line.startswith("+") and not line.startswith("+++")]
    for name in ("compose.dev.yaml", "compose.prod.yaml"):
        assert set((root / name).read_text().splitlines()) <= set(shown)
    assert (root / ".gitignore").read_text().splitlines() == ["node_modules", ".stackctl/", ".env"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"compose.yaml": "services: {a: {image: x}}\n", ".env": "COMPOSE_FILE=a.yml:b.yml\n"}, "a.yml does not exist"),
        (
            {"a.yml": "services: {a: {image: x}}\n", "compose.b.yml": "{}\n", "compose.c.yml": "{}\n"}
            | {".env": "COMPOSE_FILE=a.yml:compose.b.yml:compose.c.yml\n"},
            "2 files on top of the base (compose.b.yml, compose.c.yml)",
        ),
        ({"other.yaml": "services: {a: {image: x}}\n"}, "no Compose file"),
        ({"compose.yaml": "services: [\n"}, "compose.yaml:2:1: this is not valid YAML: expected the node content"),
        ({"compose.yaml": "services:\n\ta: {image: x}\n"}, "compose.yaml:2:1: this is not valid YAML: found character"),
        (
            {"compose.yaml": "include: [in/c.yaml]\n", "in/c.yaml": "services: {a: {image: x}\n"},
            "in/c.yaml:2:1: this is not valid YAML",
        ),
        ({"compose.yaml": "services: {a: {image: x, prots: []}}\n"}, "prots"),
    ],
)
def test_what_cannot_be_adopted_is_said_precisely(files: dict[str, str], said: str, tmp_path: Path) -> None:
    root = put(tmp_path / "shop", files)
    with pytest.raises(ConfigError) as caught:
        plan_adopt(world_of(tmp_path / "home"), root)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_main_file_that_compose_does_not_find_is_none(tmp_path: Path) -> None:
    root = put(tmp_path / "shop", {"stack.yml": "services: {a: {image: x}}\n"})
    with pytest.raises(ConfigError) as caught:
        plan_adopt(world_of(tmp_path / "home"), root, [root / "stack.yml"])
    assert "git mv stack.yml compose.yaml" in caught.value.hint


def test_an_override_that_is_a_whole_project_of_its_own_is_refused(tmp_path: Path) -> None:
    whole = "services: {a: {image: y, command: b}}\n"
    files = {"compose.yaml": "services: {a: {image: x, command: a}, b: {image: z}}\n", "compose.override.yaml": whole}
    root = put(tmp_path / "shop", files)
    before = snapshot(root)
    with pytest.raises(Refused) as caught:
        plan_adopt(world_of(tmp_path / "home"), root)
    assert caught.value.code == "not-adoptable"
    assert "complete by itself" in caught.value.message
    assert snapshot(root) == before


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    root, world = put(tmp_path / "shop", PROJECTS["develop"]), world_of(tmp_path / "home")
    plan = plan_adopt(world, root)
    (root / "compose.dev.yaml").write_text("mine\n")
    with pytest.raises(Refused):
        apply_adopt(plan, world.files)
    assert (root / "compose.dev.yaml").read_text() == "mine\n"
