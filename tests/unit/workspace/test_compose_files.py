from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.workspace.compose_files import (
    load,
    looks_like_compose,
    reach,
    read_text,
    stands_alone,
    words_named,
    written_name,
)
from tests.unit.workspace.seeds import (
    CODEGRAPH_DEV,
    CODEGRAPH_PRODUCTION,
    DELTA,
    TOOLS_ONLY,
    VECTORA,
    VECTORA_PROD,
    parsed,
)


def written(folder: Path, text: str, name: str = "compose.yml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_as_plain_values(tmp_path: Path) -> None:
    path = written(tmp_path, 'services:\n  web: {image: "x:1", ports: ["80:80"]}\n')
    assert load(path) == {"services": {"web": {"image": "x:1", "ports": ["80:80"]}}}


def test_composes_own_tags_are_passed_over(tmp_path: Path) -> None:
    text = """
services:
  web:
    ports: !override ["8080:80"]
    environment: !override {A: "1"}
    command: !reset null
    image: !reset
    restart: !override always
"""
    web = load(written(tmp_path, text))["services"]["web"]
    assert web["ports"] == ["8080:80"]
    assert web["environment"] == {"A": "1"}
    assert web["restart"] == "always"
    assert {"command", "image"} <= set(web)


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    text = "x-log: &log {driver: local}\nservices:\n  a: {image: x, logging: *log}\n  b: {<<: *log, image: y}\n"
    assert load(written(tmp_path, text))["services"]["b"] == {"driver": "local", "image": "y"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("services:\n\ta: {image: x}\n", 2, 1),
        ("services:\n  a:\n    image: x\n   ports: [1]\n", 4, 4),
        ("services: [a\n", 2, 1),
        ("services:\n  a: *nobody\n", 2, 6),
        ("a: 'open\n", 2, 1),
        ("a: b: c\n", 1, 5),
    ],
)
def test_what_is_no_yaml_is_named_with_file_line_and_column(tmp_path: Path, text: str, line: int, column: int) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.code == "yaml-invalid"
    assert caught.value.message.startswith(f"{path}:{line}:{column}: this is not valid YAML: ")
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "42", "# only a comment\n"])
def test_what_is_no_mapping_is_no_model(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="holds no Compose model"):
        load(written(tmp_path, text))


@pytest.mark.parametrize(
    "text", ["a: \x00", "a: !!python/object:os.system {}", "a: 2026-99-99", "{a: b}: c", "a: \x1b"]
)
def test_odd_yaml_is_an_error_of_ours_or_a_value(tmp_path: Path, text: str) -> None:
    try:
        assert isinstance(load(written(tmp_path, text)), dict)
    except ConfigError as error:
        assert str(tmp_path) in error.message


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read_text(tmp_path / "none.yml")
    (tmp_path / "latin.yml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigError, match="not a UTF-8 text"):
        read_text(tmp_path / "latin.yml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("services:\n  a: {image: x}\n", True),
        ("# c\n\ninclude: [a.yml]\n", True),
        ("volumes:\n  v:\n", True),
        ("x-stackctl: {default: true}\n", True),
        ("global:\n  scrape_interval: 5s\nscrape_configs: []\n", False),
        ("datasources:\n  services: none\n", False),
        ("receivers:\n  otlp:\nservice:\n  pipelines: {}\n", False),
        ("", False),
    ],
)
def test_a_compose_file_is_told_from_settings(tmp_path: Path, text: str, answer: bool) -> None:
    assert looks_like_compose(written(tmp_path, text)) is answer


def test_the_last_written_name_wins(tmp_path: Path) -> None:
    one = written(tmp_path, 'name: "one"\nservices: {a: {image: x}}\n', "one.yml")
    two = written(tmp_path, "services:\n  a:\n    name: inner\n", "two.yml")
    assert written_name([one, two]) == "one"
    assert written_name([two]) == ""
    three = written(tmp_path, "services: {}\nname: three # why\n", "three.yml")
    assert written_name([one, three]) == "three"


def test_every_word_of_the_files_that_compose_will_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", "services:\n  b: {image: '${INCLUDED}', env_file: b.env}\n", "more.yml")
    written(tmp_path / "sub", "C=${DEEP}\n", "b.env")
    written(tmp_path, "A=${FROM_DOTENV}\n", ".env")
    main = written(tmp_path, "include: [sub/more.yml]\nservices:\n  a: {image: '${HERE:-x}', env_file: [.env]}\n")
    found = words_named([main, tmp_path / "none.yml"])
    assert {"HERE", "INCLUDED", "DEEP", "FROM_DOTENV"} <= found
    assert "ELSEWHERE" not in found


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    written(tmp_path, "include: [b.yml]\n", "a.yml")
    written(tmp_path, "include: [a.yml]\nX: ${SEEN}\n", "b.yml")
    assert "SEEN" in words_named([tmp_path / "a.yml"])


def test_the_overlay_of_the_first_seed_stands_alone() -> None:
    assert stands_alone(parsed(VECTORA_PROD), parsed(VECTORA))


def test_the_files_of_the_second_seed_stand_alone() -> None:
    assert stands_alone(parsed(CODEGRAPH_PRODUCTION), parsed(CODEGRAPH_DEV))


@pytest.mark.parametrize("text", [DELTA, TOOLS_ONLY, "services: {}\n", "volumes: {v: }\n", "services:\n  web:\n"])
def test_a_delta_does_not_stand_alone(text: str) -> None:
    assert not stands_alone(parsed(text), parsed(VECTORA))


def test_an_overlay_that_only_replaces_images_is_a_delta() -> None:
    text = "services:\n  mongodb: {image: 'mongo:8'}\n  vectora: {image: 'acme/vectora:1'}\n"
    assert not stands_alone(parsed(text), parsed(VECTORA))


def test_an_overlay_that_needs_a_service_or_network_of_the_main_file_is_a_delta() -> None:
    main = "services:\n  web: {image: x, ports: [1]}\n  db: {image: y}\n"
    assert not stands_alone(parsed("services:\n  web: {image: x, ports: [2], depends_on: [db]}\n"), parsed(main))
    assert not stands_alone(parsed("services:\n  web: {image: x, ports: [2], networks: [far]}\n"), parsed(main))
    assert stands_alone(parsed("services:\n  web: {image: x, ports: [2], networks: [default]}\n"), parsed(main))


def test_files_that_are_named_are_found_in_a_long_word_too(tmp_path: Path) -> None:
    """A value of 1 MB took minutes when every start in it was tried."""
    for name in ("a.yml", ".env", ".env.local", "vars.env", "b.yaml"):
        (tmp_path / name).write_text(f"{name.upper().replace('.', '_')}_SEEN\n")
    text = "include: [a.yml]\nenv_file: [.env.local, ./vars.env]\nextends: {file: 'b.yaml'}\n"
    (tmp_path / "main.yml").write_text(text + "VALUE=" + "x" * 1_000_000 + "\n")
    files = reach([tmp_path / "main.yml"])[1]
    assert {tmp_path / name for name in ("a.yml", ".env", ".env.local", "b.yaml")} <= files
    assert tmp_path / "vars.env" in {path.resolve() for path in files}


def test_a_name_in_json_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text('{"name": "shop", "services": {"a": {"image": "x"}}}')
    assert written_name([path]) == "shop"
