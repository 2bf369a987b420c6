"""The questions of `stackctl env` on a terminal: missing values, `set`, the yes of `--reveal` and of `sync`."""

from __future__ import annotations

import pytest

from tests.engine.cli import Cli
from tests.engine.conftest import Project
from tests.engine.terminal import on_terminal

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("env-prompts")]

TEMPLATE = """\
# @defaultSensitive=false
# ----

# Where it listens.
# @required @type=port @example=8080
PORT=

# What the API is opened with.
# @required @sensitive
API_TOKEN=

MODE=slow
"""


@pytest.fixture
def plain(project: Project) -> Cli:
    """A plain project with a template; nothing of it is ever started."""
    compose = "services: {web: {image: x, environment: {A: '${PORT}', B: '${API_TOKEN}', C: '${MODE}'}}}\n"
    return project("", compose__yaml=compose, __env__template=TEMPLATE)


def written(cli: Cli) -> str:
    path = cli.folder / ".env"
    return path.read_text() if path.exists() else ""


def test_init_asks_for_what_is_missing_until_it_fits_and_shows_no_secret(plain: Cli) -> None:
    answers = [("PORT: ", "many\n"), ("PORT: ", "8080\n"), ("API_TOKEN: ", "typed-and-not-shown\n")]
    text = on_terminal(plain, "env", "init", answers=answers)
    assert "Where it listens." in text
    assert "for example: 8080" in text
    assert "it is no port" in text
    assert "typed-and-not-shown" not in text
    assert "PORT=8080\n" in written(plain)
    assert "API_TOKEN=typed-and-not-shown\n" in written(plain)
    assert "nothing to do" in on_terminal(plain, "env", "init"), "nothing is asked again"


def test_an_interrupted_question_makes_nothing(plain: Cli) -> None:
    text = on_terminal(plain, "env", "init", answers=[("PORT: ", "8080\n"), ("API_TOKEN: ", "\x03")], code=130)
    assert "Traceback" not in text
    assert written(plain) == ""


def test_set_asks_for_a_value_and_hides_a_sensitive_one(plain: Cli) -> None:
    on_terminal(plain, "env", "set", "PORT", answers=[("PORT: ", "0\n"), ("PORT: ", "9090\n")])
    text = on_terminal(plain, "env", "set", "API_TOKEN", answers=[("API_TOKEN: ", "also-not-shown\n")])
    assert "also-not-shown" not in text
    assert "PORT=9090\n" in written(plain)
    assert "API_TOKEN=also-not-shown\n" in written(plain)


def test_a_value_is_shown_after_a_yes_only(plain: Cli) -> None:
    plain.write(__env="PORT=1\nAPI_TOKEN=shown-after-a-yes\n")
    question = "on this screen? [y/N]: "
    for answer in ("n\n", "\n"):
        text = on_terminal(plain, "env", "show", "--reveal", "API_TOKEN", answers=[(question, answer)], code=7)
        assert "shown-after-a-yes" not in text
    text = on_terminal(plain, "env", "show", "--reveal", "API_TOKEN", answers=[(question, "y\n")])
    assert "shown-after-a-yes" in text
    assert "shown-after-a-yes" not in on_terminal(plain, "env", "show")


def test_sync_shows_the_difference_and_asks(plain: Cli) -> None:
    old = "API_TOKEN=not-in-a-difference\nPORT=1\n"
    plain.write(__env=old)
    text = on_terminal(plain, "env", "sync", answers=[("Write it? [Y/n]: ", "n\n")], code=7)
    assert "+MODE=slow" in text
    assert "not-in-a-difference" not in text
    assert written(plain) == old
    on_terminal(plain, "env", "sync", answers=[("Write it? [Y/n]: ", "\n")])
    assert "MODE=slow\n" in written(plain)
    assert "up to its templates" in on_terminal(plain, "env", "sync"), "with nothing to write nothing is asked"


def test_with_ci_nobody_is_asked(plain: Cli) -> None:
    text = on_terminal(plain.having(CI="true"), "env", "init", code=3)
    assert "PORT" in text and "API_TOKEN" in text
    assert written(plain) == ""
