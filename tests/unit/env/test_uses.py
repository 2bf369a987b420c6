from __future__ import annotations

import pytest

from stackctl.env.references import references
from stackctl.env.uses import Use, read_uses

COMPOSE = """\
x-common: &common
  LOG: ${LOG_LEVEL:-info}
  UNUSED: ${NEVER}
services:
  web:
    image: ${IMAGE}
    environment:
      <<: *common
      ÄRGER: "ä ${DSN:?say it} $PLAIN"
      HOME_OF: $$HOME
      INHERITED:
      LOG: debug
    ports: ["127.0.0.1:${PORT:-8080}:80"]
  job:
    environment: ["A=${A-${B}}", INHERITED_TOO]
    env_file: [.env, {path: job.env, required: false}]
    extends: {file: base.yml, service: web}
  other:
    extends: web
    command: >-
      run ${X}
      then ${Y}
include: [more.yml, {path: [a.yml, b.yml]}]
"""


def uses(text: str = COMPOSE) -> dict[tuple[str, str], Use]:
    return {(use.service, use.key): use for use in read_uses(text, "c.yml").uses}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "$A ${B} $$C ${D:-x} ${E:?y} $1",
            [("A", None, False), ("B", None, False), ("D", "x", False), ("E", None, True)],
        ),
        ("${A:-${B:-}}x", [("A", "${B:-}", False), ("B", "", False)]),
        ("${A:+set}", [("A", None, False)]),
        ("${A-{}", [("A", "{", False)]),
    ],
)
def test_references(text: str, expected: list[tuple[str, str | None, bool]]) -> None:
    assert [(item.name, item.default, item.required) for item in references(text)] == expected


def test_places_point_at_the_dollar() -> None:
    lines = COMPOSE.splitlines()
    for use in read_uses(COMPOSE, "c.yml").uses:
        if use.key.startswith("INHERITED"):
            continue
        assert lines[use.place.line - 1][use.place.column - 1] == "$", use


def test_what_feeds_a_container() -> None:
    found = uses()
    assert found["web", "DSN"].container == "ÄRGER"
    assert found["web", "DSN"].required
    assert found["web", "PLAIN"].container == "ÄRGER"
    assert found["web", "IMAGE"] == Use("IMAGE", "web", "services.web.image", "", found["web", "IMAGE"].place)
    assert found["web", "PORT"].default == "8080"
    assert found["web", "INHERITED"].container == "INHERITED"
    assert found["job", "INHERITED_TOO"].container == "INHERITED_TOO"
    assert found["job", "A"].container == found["job", "B"].container == "A"
    assert ("web", "HOME") not in found


def test_a_fragment_counts_where_it_is_used() -> None:
    assert ("", "LOG_LEVEL") not in uses()
    assert uses()["web", "NEVER"].container == "UNUSED"
    assert uses("x-a: {b: $LONELY}\n")["", "LONELY"].place.line == 1


def test_what_else_the_file_names() -> None:
    found = read_uses(COMPOSE, "c.yml")
    assert found.env_files == {"job": (".env", "job.env")}
    assert found.extends == {"job": ("base.yml", "web"), "other": ("", "web")}
    assert found.includes == ("more.yml", "a.yml", "b.yml")
    assert ("web", "LOG") in found.assigned


@pytest.mark.parametrize("text", ["", "[", "a: *b", "- 1", "\x00", "services: 3", "services: {a: 1}"])
def test_what_is_no_model_gives_nothing(text: str) -> None:
    assert read_uses(text, "c.yml").uses == ()
