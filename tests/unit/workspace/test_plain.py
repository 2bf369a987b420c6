from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError, Misuse
from stackctl.workspace.find import Place, find_place
from stackctl.workspace.plain import dotenv_value, find_plain, overlays, plain_target
from stackctl.workspace.target import Target, Wish
from tests.unit.workspace.seeds import CODEGRAPH_DEV, CODEGRAPH_PRODUCTION, DELTA, VECTORA, VECTORA_PROD

MODEL = "services:\n  web: {image: x, ports: ['80:80'], environment: {A: '1'}}\n"
SMALL = "services:\n  web: {environment: {A: '2'}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "Shop"
    folder.mkdir()
    return folder


def put(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")


def files(target: Target) -> list[str]:
    return [path.name for path in target.files]


def test_the_default_file_and_its_override_are_loaded_under_the_folders_name(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__override__yaml=SMALL)
    target = plain_target(shop, Wish(), {})
    assert files(target) == ["compose.yaml", "compose.override.yaml"]
    assert (target.project, target.directory, target.plain) == ("shop", shop, True)
    assert (target.env.value, target.notes, target.env_files) == ("", (), ())


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (["docker-compose.yml", "compose.yaml"], "compose.yaml"),
        (["docker-compose.yaml", "docker-compose.yml"], "docker-compose.yml"),
        (["compose.yml", "compose.yaml"], "compose.yaml"),
    ],
)
def test_of_several_default_names_composes_first_counts(shop: Path, names: list[str], first: str) -> None:
    for name in names:
        (shop / name).write_text(MODEL)
    assert files(plain_target(shop, Wish(), {})) == [first]


def test_compose_file_of_the_shell_beats_the_one_in_dotenv_and_that_the_default(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, a__yml=MODEL, b__yml=SMALL, c__yml=MODEL, __env="COMPOSE_FILE=a.yml:b.yml\n")
    assert files(plain_target(shop, Wish(), {})) == ["a.yml", "b.yml"]
    assert files(plain_target(shop, Wish(), {"COMPOSE_FILE": "c.yml"})) == ["c.yml"]
    assert all(path.is_absolute() for path in plain_target(shop, Wish(), {}).files)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a.yml:b.yml", ["a.yml", "b.yml", "compose.prod.yml"]),
        ("a.yml:compose.override.yml:b.yml", ["a.yml", "b.yml", "compose.prod.yml"]),
        ("a.yml:compose.dev.yml", ["a.yml", "compose.prod.yml"]),
        ("compose.dev.yml:b.yml", ["compose.dev.yml", "b.yml", "compose.prod.yml"]),  # the first is the base
        ("compose.dev.yml", ["compose.yml", "compose.prod.yml"]),  # an only one may be an environment
        ("compose.prod.yml:b.yml", ["compose.prod.yml", "b.yml"]),
    ],
)
def test_the_base_of_an_environment_is_what_compose_file_names_without_overlays(
    shop: Path, written: str, expected: list[str]
) -> None:
    put(shop, a__yml=MODEL, b__yml=SMALL, compose__yml=MODEL, compose__override__yml=SMALL)
    put(shop, compose__dev__yml=SMALL, compose__prod__yml=SMALL, __env=f"COMPOSE_FILE={written}\n")
    assert files(plain_target(shop, Wish(env="prod"), {})) == expected


def test_a_folder_whose_dotenv_names_its_files_is_a_project(shop: Path) -> None:
    put(shop, a__yml=MODEL, __env="COMPOSE_FILE=a.yml\n")
    (shop / "src").mkdir()
    assert find_place(shop / "src") == Place(shop, plain=True)


@pytest.mark.parametrize("where", ["shell", ".env"])
def test_another_separator_is_obeyed(shop: Path, where: str) -> None:
    put(shop, a__yml=MODEL, b__yml=SMALL, __env="COMPOSE_FILE=a.yml;b.yml\n")
    shell = {"COMPOSE_PATH_SEPARATOR": ";"}
    if where == ".env":
        (shop / ".env").write_text("COMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE=a.yml;b.yml\n")
        shell = {}
    assert files(plain_target(shop, Wish(), shell)) == ["a.yml", "b.yml"]


def test_compose_file_in_another_folder_moves_the_project_and_keeps_the_dotenv(shop: Path) -> None:
    (shop / "deploy").mkdir()
    put(shop / "deploy", compose__yml=MODEL)
    put(shop, __env="COMPOSE_FILE=deploy/compose.yml\n")
    target = plain_target(shop, Wish(), {})
    assert (target.directory, target.project) == (shop / "deploy", "deploy")
    assert target.env_files == (shop / ".env",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("COMPOSE_FILE=a.yml\n", "a.yml"),
        ("export COMPOSE_FILE='a.yml'\n", "a.yml"),
        ('COMPOSE_FILE = "a.yml"\n', "a.yml"),
        ("COMPOSE_FILE: a.yml\n", "a.yml"),
        ("#COMPOSE_FILE=b.yml\nCOMPOSE_FILE=a.yml # why\n", "a.yml"),
        ("COMPOSE_FILE=b.yml\nCOMPOSE_FILE=a.yml\n", "a.yml"),
        ("MY_COMPOSE_FILE=b.yml\n", ""),
        ("COMPOSE_FILE_X=b.yml\n", ""),
        ("# COMPOSE_FILE=b.yml\n", ""),
    ],
)
def test_a_variable_of_the_dotenv_is_read_as_compose_reads_it(shop: Path, text: str, value: str) -> None:
    (shop / ".env").write_text(text)
    assert dotenv_value(shop, "COMPOSE_FILE") == value


def test_no_dotenv_is_no_value(shop: Path) -> None:
    assert dotenv_value(shop, "COMPOSE_FILE") == ""


def test_overlays_are_environments_and_override_is_none(shop: Path) -> None:
    for name in (
        *("compose.yaml", "compose.override.yaml", "docker-compose.override.yml", "compose.prod.yaml"),
        *("docker-compose.dev.yml", "docker-compose.ci.yaml", "compose.a.b.yml", "my-compose.x.yml", "compose.yml.bak"),
    ):
        (shop / name).write_text(SMALL)
    assert sorted(overlays(shop)) == ["ci", "dev", "prod"]
    with pytest.raises(Misuse):
        plain_target(shop, Wish(env="override"), {})


def test_an_environment_is_the_main_file_and_its_overlay_without_the_override(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__override__yaml=SMALL, compose__prod__yaml=SMALL)
    target = plain_target(shop, Wish(env="prod"), {})
    assert files(target) == ["compose.yaml", "compose.prod.yaml"]
    assert target.notes == ("with compose.yaml and compose.prod.yaml, without compose.override.yaml",)
    assert target.project == "shop-prod"


def test_dev_keeps_composes_project_name(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__dev__yaml=SMALL)
    assert plain_target(shop, Wish(env="dev"), {}).project == "shop"


def test_the_environment_of_the_shell_counts_where_none_is_named(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__prod__yaml=SMALL, compose__ci__yaml=SMALL)
    assert plain_target(shop, Wish(), {"STACKCTL_ENV": "prod"}).project == "shop-prod"
    assert plain_target(shop, Wish(env="ci"), {"STACKCTL_ENV": "prod"}).project == "shop-ci"


def test_the_first_seeds_production_file_is_used_alone(shop: Path) -> None:
    (shop / "docker-compose.yml").write_text(VECTORA)
    (shop / "docker-compose.prod.yml").write_text(VECTORA_PROD)
    target = plain_target(shop, Wish(env="prod"), {})
    assert files(target) == ["docker-compose.prod.yml"]
    assert target.notes == ("docker-compose.prod.yml is complete by itself and is used alone",)
    assert target.project == "shop-prod"


def test_a_delta_of_the_first_seed_is_merged(shop: Path) -> None:
    (shop / "docker-compose.yml").write_text(VECTORA)
    (shop / "docker-compose.prod.yml").write_text(DELTA)
    assert files(plain_target(shop, Wish(env="prod"), {})) == ["docker-compose.yml", "docker-compose.prod.yml"]


def test_the_second_seed_has_environments_and_no_main_file(shop: Path) -> None:
    (shop / "docker-compose.production.yml").write_text(CODEGRAPH_PRODUCTION)
    (shop / "docker-compose.dev.yml").write_text(CODEGRAPH_DEV)
    assert find_plain(shop)
    target = plain_target(shop, Wish(env="production"), {})
    assert (files(target), target.project) == (["docker-compose.production.yml"], "shop-production")
    assert plain_target(shop, Wish(env="dev"), {}).project == "shop"
    with pytest.raises(ConfigError) as caught:
        plain_target(shop, Wish(), {})
    assert "dev" in caught.value.hint
    assert "production" in caught.value.hint


def test_an_environment_without_an_overlay_is_refused_and_what_exists_is_named(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__prod__yaml=SMALL)
    with pytest.raises(Misuse) as caught:
        plain_target(shop, Wish(env="pord"), {})
    assert (caught.value.exit_code, caught.value.code) == (2, "unknown-environment")
    assert "pord" in caught.value.message
    assert "did you mean “prod”?" in caught.value.hint
    assert "compose.yaml" in caught.value.hint
    assert "compose.prod.yaml" in caught.value.hint


@pytest.mark.parametrize(
    ("texts", "shell", "name"),
    [
        ({"compose__yaml": f"name: other\n{MODEL}"}, {}, "other"),
        ({"compose__yaml": f"name: other\n{MODEL}", "__env": "COMPOSE_PROJECT_NAME=fromenv\n"}, {}, "fromenv"),
        ({"compose__yaml": MODEL, "__env": "COMPOSE_PROJECT_NAME=a\n"}, {"COMPOSE_PROJECT_NAME": "b"}, "b"),
        ({"compose__yaml": f"name: ${{APP}}\n{MODEL}"}, {"APP": "fromshell"}, "fromshell"),
        ({"compose__yaml": f"name: ${{APP:-fallback}}\n{MODEL}"}, {}, "fallback"),
        ({"compose__yaml": f"name: $APP\n{MODEL}", "__env": "APP=dot\n"}, {}, "dot"),
        ({"compose__yaml": f"name: ${{APP}}-x\n{MODEL}"}, {"APP": "mixed"}, "mixed-x"),
        ({"compose__yaml": f"name: one\n{MODEL}", "compose__override__yaml": "name: two\n"}, {}, "two"),
    ],
)
def test_the_project_is_named_as_compose_names_it(
    shop: Path, texts: dict[str, str], shell: dict[str, str], name: str
) -> None:
    put(shop, **texts)
    assert plain_target(shop, Wish(), shell).project == name


def test_a_project_name_and_an_instance_are_wishes(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, compose__prod__yaml=SMALL)
    assert plain_target(shop, Wish(project="mine", env="prod"), {}).project == "mine"
    assert plain_target(shop, Wish(instance="two"), {}).project == "shop-two"
    assert plain_target(shop, Wish(env="prod", instance="two"), {}).project == "shop-prod-two"


def test_files_that_are_named_are_the_files(shop: Path) -> None:
    put(shop, compose__yaml=MODEL, other__yml=MODEL)
    target = plain_target(shop, Wish(files=(shop / "other.yml",)), {"COMPOSE_FILE": "compose.yaml"})
    assert files(target) == ["other.yml"]


def test_a_main_file_that_is_no_yaml_is_named_when_the_overlay_must_be_judged(shop: Path) -> None:
    put(shop, compose__yaml="services: [\n", compose__prod__yaml=SMALL)
    with pytest.raises(ConfigError, match=r"compose\.yaml:2:1"):
        plain_target(shop, Wish(env="prod"), {})


def test_dotenv_is_looked_through_loosely(shop: Path) -> None:
    (shop / ".env").write_bytes(b"\n" * 200_000 + b"NAME=caf\xe9\nexport  COMPOSE_FILE = 'a.yml' # why\r\n")
    assert dotenv_value(shop, "COMPOSE_FILE") == "a.yml"
    assert dotenv_value(shop, "COMPOSE_PROFILES") == ""
