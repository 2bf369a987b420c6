from __future__ import annotations

from collections.abc import Mapping

import pytest

from stackctl.env.check import Case, check
from stackctl.env.effective import Inputs, consumers, variables
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.problem import Problem
from stackctl.env.template import load
from stackctl.env.uses import read_uses

TEMPLATE = """\
# @defaultSensitive=false

# @type=port(min=1024)
PORT=8080

# @required @sensitive
API_TOKEN=

# @deprecated="use PORT"
OLD=

LEFT_OVER=1

# stackctl: file=db generate=hex(32)
# @required @type=string(minLength=16)
DB_PASSWORD=

# stackctl: file=given
# @required
GIVEN_SECRET=
"""
COMPOSE = """\
services:
  web:
    environment: {P: "${PORT:-1}", T: "$API_TOKEN", U: "${UNDECLARED:-x}", N: "${NOWHERE}", M: "${MUST:?}", H: "$HOME"}
"""
ENV = "PORT=8080\nAPI_TOKEN=abcdefghi\nLEFT_OVER=1\nMUST=1\nNOWHERE=1\n"


def found(
    env: str = ENV,
    *,
    template: str = TEMPLATE,
    compose: str = COMPOSE,
    shell: Mapping[str, str] | None = None,
    environment: str = "dev",
    plain: bool = False,
    secrets: Mapping[str, str] | None = None,
) -> dict[str, Problem]:
    merged = merge([load(template.encode(), "t", "base")])
    files = [parse(env.encode(), "dev.env")]
    mounted = consumers({"db": ["db", "given"]})
    joined = variables(Inputs(merged, files, shell or {}, read_uses(compose, "c.yml").uses, {}, mounted))
    stored = {"db": "0123456789abcdef", "given": "something"} if secrets is None else secrets
    case = Case(merged, files, joined, "dev.env", environment, plain, frozenset(shell or {}), stored)
    return {f"{problem.code} {problem.key}".strip(): problem for problem in check(case)}


QUIET = {"unused-variable LEFT_OVER", "undeclared-variable UNDECLARED", "undeclared-variable MUST"} | {
    "undeclared-variable NOWHERE"
}


def fresh(*args: str, **kwargs: object) -> dict[str, Problem]:
    return {name: problem for name, problem in found(*args, **kwargs).items() if name not in QUIET}  # type: ignore[arg-type]


def test_a_good_environment_has_only_what_is_known_to_be_odd() -> None:
    assert set(found()) == QUIET


@pytest.mark.parametrize(
    ("env", "code", "severity", "place"),
    [
        (ENV.replace("PORT=8080\n", ""), "missing-variable PORT", "error", "t:4:1"),
        (ENV.replace("=abcdefghi", "="), "empty-variable API_TOKEN", "error", "dev.env:2:11"),
        (ENV.replace("8080", "80"), "invalid-value PORT", "error", "dev.env:1:6"),
        (ENV + "PROT=1\n", "unknown-variable PROT", "warning", "dev.env:6:1"),
        (ENV.replace("abcdefghi", "your-key-here"), "placeholder API_TOKEN", "warning", "dev.env:2:11"),
        (ENV + "OLD=1\n", "deprecated OLD", "info", "dev.env:6:1"),
        (ENV + "DB_PASSWORD=x\n", "secret-in-env-file DB_PASSWORD", "warning", "dev.env:6:1"),
        (ENV.replace("abcdefghi", "pa$word"), "dollar", "error", "dev.env:2:13"),
        (ENV + "K= # x\n", "comment-as-value", "warning", "dev.env:6:4"),
        (ENV + "DOCKER_HOST=x\n", "reserved-variable DOCKER_HOST", "warning", "dev.env:6:1"),
        (ENV + "COMPOSE_FILE=x\n", "reserved-variable COMPOSE_FILE", "warning", "dev.env:6:1"),
        (ENV + "COMPOSE_ENV_FILES=x\n", "reserved-variable COMPOSE_ENV_FILES", "warning", "dev.env:6:1"),
        (ENV.replace("NOWHERE=1\n", ""), "unset-variable NOWHERE", "warning", "c.yml:3:80"),
        (ENV.replace("MUST=1\n", ""), "missing-variable MUST", "error", "c.yml:3:97"),
    ],
)
def test_a_problem_has_its_place_and_a_way_out(env: str, code: str, severity: str, place: str) -> None:
    problem = fresh(env)[code]
    assert (problem.severity, str(problem.place)) == (severity, place)
    assert problem.hint
    assert "abcdefghi" not in problem.message + problem.hint


def test_a_wrong_name_gets_a_suggestion() -> None:
    assert fresh(ENV + "PROT=1\n")["unknown-variable PROT"].hint == "did you mean “PORT”?"


def test_a_placeholder_is_an_error_in_production() -> None:
    env = ENV.replace("abcdefghi", "change-me")
    assert fresh(env, environment="prod")["placeholder API_TOKEN"].severity == "error"
    assert fresh(env, environment="production")["placeholder API_TOKEN"].severity == "error"


def test_what_the_shell_sets_is_told_and_checked() -> None:
    problems = fresh(shell={"PORT": "80"})
    assert problems["shadowed PORT"].hint == "unset PORT"
    assert problems["invalid-value PORT"].place is None


def test_a_secret_without_a_value_that_nobody_makes_is_missing() -> None:
    problems = fresh(secrets={})
    assert "secrets set given" in problems["missing-variable GIVEN_SECRET"].hint
    assert "missing-variable DB_PASSWORD" not in problems
    assert set(fresh(secrets={"db": "short", "given": "change-me"})) == {
        "invalid-value DB_PASSWORD",
        "placeholder GIVEN_SECRET",
    }


def test_an_example_in_a_plain_project_demands_nothing_that_compose_has_a_default_for() -> None:
    env = ENV.replace("PORT=8080\n", "")
    assert fresh(env, plain=True)["missing-variable PORT"].severity == "warning"
    assert "reserved-variable COMPOSE_FILE" not in fresh(ENV + "COMPOSE_FILE=x\n", plain=True)


def test_what_every_shell_has_needs_no_template() -> None:
    assert not [name for name in found() if name.endswith("HOME")]


def test_without_templates_nothing_is_undeclared() -> None:
    assert set(found("UNDECLARED=1\n", template="", secrets={})) == {
        "missing-variable MUST",
        "unset-variable NOWHERE",
        "unset-variable PORT",
        "unset-variable API_TOKEN",
    } - {"unset-variable PORT"}


def test_a_problem_is_a_dict_with_its_place() -> None:
    problem = fresh(ENV.replace("8080", "80"))["invalid-value PORT"]
    assert problem.as_dict() == {
        "code": "invalid-value",
        "severity": "error",
        "key": "PORT",
        "file": "dev.env",
        "line": 1,
        "column": 6,
        "message": "the value of PORT is less than 1024",
        "fix": "stackctl env set PORT -e dev",
    }
    assert problem.finding.message == "dev.env:1:6: the value of PORT is less than 1024"
