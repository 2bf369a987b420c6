from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from stackctl.errors import ConfigError, Misuse
from stackctl.workspace.find import (
    Place,
    check_services,
    default_stack,
    environments,
    find_place,
    find_target,
    split_words,
    stacks,
)
from stackctl.workspace.target import Wish

MODEL = "services:\n  web: {image: x}\n"


def make(root: Path, texts: Mapping[str, str]) -> Path:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make(
        tmp_path / "shop",
        {
            "stacks/core/base.yml": MODEL,
            "stacks/core/dev.yml": MODEL,
            "stacks/core/prod.yml": MODEL,
        },
    )


def place(root: Path) -> Place:
    return Place(root, plain=False)


def test_a_workspace_is_found_from_any_folder_below(shop: Path) -> None:
    below = shop / "stacks" / "core" / "app" / "src"
    below.mkdir(parents=True)
    assert find_place(below) == Place(shop, plain=False)
    assert find_place(shop) == Place(shop, plain=False)


def test_a_folder_with_a_compose_file_is_a_plain_project(tmp_path: Path) -> None:
    make(tmp_path, {"docker-compose.yml": MODEL, "src/x": ""})
    assert find_place(tmp_path / "src") == Place(tmp_path, plain=True)


def test_a_plain_project_inside_a_workspace_is_nearer(shop: Path) -> None:
    make(shop, {"examples/one/compose.yaml": MODEL})
    assert find_place(shop / "examples" / "one") == Place(shop / "examples" / "one", plain=True)


def test_a_workspace_that_also_has_a_compose_file_is_a_workspace(shop: Path) -> None:
    make(shop, {"compose.yaml": MODEL})
    assert not find_place(shop).plain


def test_a_folder_that_is_no_project_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "stacks" / "core").mkdir(parents=True)
    with pytest.raises(ConfigError) as caught:
        find_place(tmp_path)
    assert (caught.value.exit_code, caught.value.code) == (3, "no-project")
    assert "stackctl init" in caught.value.hint


def test_environments_are_overlays_and_nothing_else(shop: Path) -> None:
    make(
        shop,
        {
            "stacks/core/ci.yaml": "x-stackctl: {}\n",
            "stacks/core/dev.local.yml": MODEL,
            "stacks/core/prod.local.yaml": MODEL,
            "stacks/core/prometheus.yml": "scrape_configs: []\n",
            "stacks/core/otel.yaml": "receivers: {}\n",
            "stacks/core/app/compose.yml": MODEL,
            "stacks/core/notes.txt": MODEL,
        },
    )
    assert environments(place(shop), "core") == ["ci", "dev", "prod"]


def test_a_plain_project_has_environments_where_overlays_are(tmp_path: Path) -> None:
    make(tmp_path, {"compose.yaml": MODEL, "compose.override.yaml": MODEL, "compose.prod.yaml": MODEL})
    assert environments(Place(tmp_path, plain=True)) == ["prod"]


def test_stacks_are_folders_with_a_base(shop: Path) -> None:
    make(shop, {"stacks/edge/base.yaml": MODEL, "stacks/images/redis/Dockerfile": "FROM x\n"})
    assert stacks(shop) == ["core", "edge"]


DEFAULT = "x-stackctl:\n  # the one\n\n  default: true\n"


def two(root: Path, core: str, edge: str) -> Place:
    return place(make(root, {"stacks/core/base.yml": core, "stacks/edge/base.yml": edge, "stacks/edge/dev.yml": MODEL}))


def test_the_only_stack_is_the_stack(shop: Path) -> None:
    assert default_stack(place(shop), Wish(), {}).value == "core"


@pytest.mark.parametrize(
    "text",
    [
        f"x-stackctl: {{default: true}}\n{MODEL}",
        f"{MODEL}{DEFAULT}",
        f"x-stackctl:\n  other: 1\n  default: true\n{MODEL}",
        f"x-stackctl: {{other: 1, default: true}}\n{MODEL}",
    ],
)
def test_of_several_stacks_the_one_that_says_so_is_the_default(shop: Path, text: str) -> None:
    assert default_stack(two(shop, MODEL, text), Wish(), {}).value == "edge"


@pytest.mark.parametrize(
    "text",
    [
        "x-stackctl: {default: false}\n",
        "x-stackctl:\n  default: false\n",
        "# x-stackctl: {default: true}\n",
        "x-other:\n  default: true\n",
        "x-stackctl:\n  other: 1\nx-more:\n  default: true\n",
    ],
)
def test_nothing_else_makes_a_default(shop: Path, text: str) -> None:
    with pytest.raises(Misuse) as caught:
        default_stack(two(shop, MODEL, text + MODEL), Wish(), {})
    assert (caught.value.exit_code, caught.value.code) == (2, "stack-missing")
    assert "core, edge" in caught.value.message
    assert "-s core" in caught.value.hint


def test_two_stacks_that_both_say_so_are_no_answer(shop: Path) -> None:
    with pytest.raises(Misuse):
        default_stack(two(shop, DEFAULT + MODEL, DEFAULT + MODEL), Wish(), {})


def test_the_flag_beats_the_shell_and_the_shell_the_default(shop: Path) -> None:
    here = two(shop, DEFAULT + MODEL, MODEL)
    assert default_stack(here, Wish(), {}).value == "core"
    assert default_stack(here, Wish(), {"STACKCTL_STACK": "edge"}).value == "edge"
    assert default_stack(here, Wish(stack="core"), {"STACKCTL_STACK": "edge"}).value == "core"


def test_a_wrong_stack_gets_a_guess(shop: Path) -> None:
    with pytest.raises(Misuse) as caught:
        default_stack(two(shop, MODEL, MODEL), Wish(stack="egde"), {})
    assert caught.value.code == "unknown-stack"
    assert "did you mean “edge”?" in caught.value.hint


def test_a_target_has_its_files_in_order(shop: Path) -> None:
    target = find_target(place(shop), Wish(env="prod"), {})
    folder, env = shop / "stacks" / "core", shop / "env" / "core"
    assert target.files == (folder / "base.yml", folder / "prod.yml")
    assert target.env_files == (env / "prod.env",)
    assert target.templates == (env / "base.env.template", env / "prod.env.template")
    assert target.generated_env == env / "prod.env"
    assert (target.project, target.directory, target.title) == ("shop-core-prod", folder, "core · prod")
    assert target.notes == ()


def test_the_environment_is_the_flag_else_the_shells_else_dev(shop: Path) -> None:
    here = place(shop)
    assert find_target(here, Wish(), {}).env.value == "dev"
    assert find_target(here, Wish(), {"STACKCTL_ENV": "prod"}).env.value == "prod"
    target = find_target(here, Wish(env="dev"), {"STACKCTL_ENV": "prod"})
    assert (target.env.value, target.env.source) == ("dev", "command line")


def test_a_wrong_environment_gets_a_guess_and_base_is_none(shop: Path) -> None:
    for word in ("pord", "base"):
        with pytest.raises(Misuse) as caught:
            find_target(place(shop), Wish(env=word), {})
        assert caught.value.code == "unknown-environment"
    with pytest.raises(Misuse, match="pord") as caught:
        find_target(place(shop), Wish(env="pord"), {})
    assert "did you mean “prod”?" in caught.value.hint


def test_the_own_layer_comes_last_and_is_told(shop: Path) -> None:
    make(shop, {"stacks/core/dev.local.yml": MODEL, "env/core/dev.local.env": "A=1\n"})
    target = find_target(place(shop), Wish(), {})
    assert [path.name for path in target.files] == ["base.yml", "dev.yml", "dev.local.yml"]
    assert [path.name for path in target.env_files] == ["dev.env", "dev.local.env"]
    (note,) = target.notes
    assert "stacks/core/dev.local.yml, env/core/dev.local.env" in note
    assert "--no-local" in note
    assert target.generated_env == shop / "env" / "core" / "dev.env"


def test_the_own_layer_can_be_left_out_and_is_another_environments_never(shop: Path) -> None:
    make(shop, {"stacks/core/dev.local.yml": MODEL, "env/core/dev.local.env": "A=1\n"})
    for wish in (Wish(local=False), Wish(env="prod")):
        target = find_target(place(shop), wish, {})
        assert not [path for path in (*target.files, *target.env_files) if ".local." in path.name]
        assert target.notes == ()


def test_an_instance_and_a_project_name_are_other_projects(shop: Path) -> None:
    assert find_target(place(shop), Wish(instance="two"), {}).project == "shop-core-dev-two"
    assert find_target(place(shop), Wish(instance="two"), {}).title == "core · dev · two"
    assert find_target(place(shop), Wish(project="mine"), {}).project == "mine"
    with pytest.raises(Misuse):
        find_target(place(shop), Wish(instance="Two!"), {})


def test_a_stack_of_the_workspaces_name_does_not_repeat_it(tmp_path: Path) -> None:
    make(tmp_path / "shop", {"stacks/shop/base.yml": MODEL, "stacks/shop/dev.yml": MODEL})
    assert find_target(place(tmp_path / "shop"), Wish(), {}).project == "shop-dev"


def test_the_line_without_stackctl_can_be_pasted(shop: Path) -> None:
    target = find_target(place(shop), Wish(profiles=("a b",)), {}).with_overlays(shop / "overlay.yml")
    core = shop / "stacks" / "core"
    assert target.command == (
        f"docker compose -p shop-core-dev --project-directory {core} -f {core}/base.yml -f {core}/dev.yml"
        f" -f {shop}/overlay.yml --env-file {shop}/env/core/dev.env --profile 'a b'"
    )


@pytest.mark.parametrize(
    ("words", "wish", "answer"),
    [
        ((), Wish(), ("", ())),
        (("dev",), Wish(), ("dev", ())),
        (("dev", "web", "db"), Wish(), ("dev", ("web", "db"))),
        (("web", "dev"), Wish(), ("", ("web", "dev"))),
        (("web",), Wish(env="prod"), ("prod", ("web",))),
        (("dev", "web"), Wish(env="dev"), ("dev", ("dev", "web"))),
    ],
)
def test_the_first_word_is_the_environment_or_a_service(
    words: tuple[str, ...], wish: Wish, answer: tuple[str, tuple[str, ...]]
) -> None:
    assert split_words(words, ["dev", "prod"], wish) == answer


def test_two_environments_are_a_contradiction() -> None:
    with pytest.raises(Misuse):
        split_words(("dev",), ["dev", "prod"], Wish(env="prod"))


def test_a_word_that_is_neither_gets_the_guess_of_what_it_is_near() -> None:
    check_services(("web",), ["web", "db"], ["dev"])
    with pytest.raises(Misuse) as caught:
        check_services(("pord",), ["web", "db"], ["dev", "prod"])
    assert caught.value.code == "unknown-environment"
    with pytest.raises(Misuse) as caught:
        check_services(("wbe",), ["web", "db"], ["dev", "prod"])
    assert caught.value.code == "unknown-service"
    assert "did you mean “web”?" in caught.value.hint
