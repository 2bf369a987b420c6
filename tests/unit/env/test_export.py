from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.export import render
from stackctl.env.grammar import parse
from stackctl.errors import ConfigError

VALUES = {"A": "1", "B": 'it\'s $HOME "x" \\', "C": "", "D": "two\nlines"}
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), TEXT, max_size=5))
def test_dotenv_and_json_come_back_as_they_were(values: dict[str, str]) -> None:
    assert parse(render(values, "dotenv").encode(), "x").resolve({}) == values
    assert json.loads(render(values, "json")) == values


def test_a_shell_reads_back_the_same() -> None:
    script = render(VALUES, "shell") + 'printf "%s|" "$A" "$B" "$C" "$D"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "|".join(VALUES.values()) + "|"


def test_docker_takes_a_line_as_it_is() -> None:
    assert render({"B": 'it\'s $x "y" # z'}, "docker") == 'B=it\'s $x "y" # z\n'


@pytest.mark.parametrize(
    ("form", "values", "name"),
    [
        ("docker", {"A": "1", "D": "two\nlines"}, "D"),
        ("docker", {"A": "x" * 70_000}, "A"),
        ("docker", {"A": "1\r"}, "A"),
        ("shell", {"A.B": "1"}, "A.B"),
        ("shell", {"1A": "1"}, "1A"),
    ],
)
def test_what_a_format_cannot_carry_is_named_without_its_value(form: str, values: dict[str, str], name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        render(values, form)
    assert name in caught.value.message
    assert "two" not in caught.value.message
    assert caught.value.code == "not-expressible"
