from __future__ import annotations

from collections.abc import Mapping

import pytest

from stackctl.env.effective import Inputs, Source, Variable, consumers, variables
from stackctl.env.grammar import parse
from stackctl.env.item import Template
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.env.uses import read_uses
from stackctl.errors import ConfigError

TEMPLATE = """\
# What it does.
PORT=8080

NEW=1

# @sensitive
PLAIN_NAME=

# stackctl: file=db_password generate=hex(32)
DB_PASSWORD=
"""
COMPOSE = """\
services:
  web:
    environment: {WEB_PORT: "${PORT}", OTHER: "${OTHER:-a${PORT}}", NOTHING: "${NOTHING}", MUST: "${MUST:?}"}
"""


def of(
    env: str = "", template: str = TEMPLATE, shell: Mapping[str, str] | None = None, compose: str = COMPOSE
) -> dict[str, Variable]:
    layers = [load(template.encode(), "t", "base")] if template else []
    return variables(
        Inputs(
            merge(layers) if layers else Template((), ()),
            [parse(env.encode(), "dev.env")],
            shell or {},
            read_uses(compose, "c.yml").uses,
            {"NEW": "1"},
            consumers({"db": ["db_password"], "web": ["db_password"]}),
            {"dev.env": ("bulk",)},
        )
    )


def test_a_file_over_a_default_and_the_shell_over_a_file() -> None:
    assert (of("PORT=1\n")["PORT"].value, str(of("PORT=1\n")["PORT"].source)) == ("1", "dev.env:1")
    found = of("PORT=1\n", shell={"PORT": "2"})["PORT"]
    assert (found.value, found.source, found.shadowed) == ("2", Source("shell"), True)
    assert not of(shell={"PORT": "2"})["PORT"].shadowed


def test_what_is_in_no_file_yet_comes_from_the_template() -> None:
    assert (of()["NEW"].value, of()["NEW"].source.kind) == ("1", "template")


def test_the_default_of_the_compose_file_sees_the_other_values() -> None:
    found = of("PORT=5\n")["OTHER"]
    assert (found.value, str(found.source)) == ("a5", "c.yml:3 (default)")


def test_nobody_sets_it() -> None:
    assert (of()["NOTHING"].value, str(of()["NOTHING"].source)) == (None, "not set")
    assert of()["MUST"].required_by_compose is not None
    assert of()["NOTHING"].required_by_compose is None


def test_a_secret_has_no_value_here_and_the_services_that_mount_it() -> None:
    found = of("DB_PASSWORD=leaked\n", shell={"DB_PASSWORD": "x"})["DB_PASSWORD"]
    assert (found.value, found.source.kind, found.services) == (None, "secret", ("bulk", "db", "web"))
    assert found.sensitive


def test_who_gets_it() -> None:
    found = of("PORT=1\n")["PORT"]
    assert found.feeds == (("web", "WEB_PORT"), ("web", "OTHER"))
    assert found.services == ("bulk", "web")


def test_sensitive_as_the_template_says_else_by_name() -> None:
    assert of()["PLAIN_NAME"].sensitive
    assert of("API_TOKEN=x\n")["API_TOKEN"].sensitive
    assert not of()["PORT"].sensitive


def test_templates_first_then_files_then_compose() -> None:
    keys = list(of("ZZZ=1\n"))
    assert keys[:4] == ["PORT", "NEW", "PLAIN_NAME", "DB_PASSWORD"]
    assert keys[4] == "ZZZ"


def test_no_value_is_ever_shown_by_repr() -> None:
    assert "hidden" not in repr(of("PORT=hidden\n", shell={"OTHER": "hidden"}))


def test_a_reference_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"dev\.env:1:3"):
        of("A=${b\n")
