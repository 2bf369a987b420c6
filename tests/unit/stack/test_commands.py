"""A project's own commands, as the files write them."""

from __future__ import annotations

import pytest

from stackctl.errors import ConfigError
from stackctl.stack.commands import commands_from


def test_a_list_is_taken_as_it_is_and_a_text_is_for_the_shell() -> None:
    found = commands_from(
        {
            "migrate": {"service": "core", "run": ["python", "manage.py", "migrate"], "help": "Bring it up to date."},
            "count": {"service": "db", "run": "ls | wc -l"},
            "port": {"service": "db", "run": ["echo", 5432]},
        }
    )
    assert found["migrate"].words == ("python", "manage.py", "migrate")
    assert found["migrate"].line == "Bring it up to date."
    assert found["count"].words == ("sh", "-c", "ls | wc -l", "count"), "further words are $1, $2…"
    assert found["count"].line == "In db: sh -c ls | wc -l count"
    assert found["port"].words == ("echo", "5432")


def test_none_is_none() -> None:
    assert commands_from(None) == {}
    assert commands_from({}) == {}


@pytest.mark.parametrize(
    "raw",
    [
        "migrate",
        {"migrate": "python"},
        {"migrate": {"run": ["x"]}},
        {"migrate": {"service": "core"}},
        {"migrate": {"service": "core", "run": []}},
        {"migrate": {"service": "core", "run": ""}},
        {"migrate": {"service": "core", "run": ["x"], "user": "root"}},
        {"mi grate": {"service": "core", "run": ["x"]}},
        {"--all": {"service": "core", "run": ["x"]}},
    ],
)
def test_what_is_no_command_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError) as caught:
        commands_from(raw)
    assert caught.value.code == "commands-invalid"
