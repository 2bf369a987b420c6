"""Help pages, word for word: `golden/help/` holds them."""

from __future__ import annotations

import re

import click
import pytest

from stackctl.cli.commands import ALIASES, COMMANDS, PASSED_ON
from stackctl.cli.main import cli
from tests.unit.cli.runs import answer, golden


def command_of(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def below(words: tuple[str, ...], command: click.Command) -> list[tuple[str, ...]]:
    """A command and, of a group, every command in it."""
    parts = command.commands.items() if isinstance(command, click.Group) else ()
    return [words, *(page for name, part in parts for page in below((*words, name), part))]


PAGES = [(), *(page for name in (*COMMANDS, *PASSED_ON) for page in below((name,), command_of(name)))]
LEAVES = [page for page in PAGES[1:] if not any(other[:-1] == page for other in PAGES)]


def leaf(words: tuple[str, ...]) -> click.Command:
    command = command_of(words[0])
    for word in words[1:]:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "stackctl")
def test_a_help_page_is_the_golden_one(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, *words, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out == golden(f"help/{'-'.join(('stackctl', *words))}.txt", said.out)


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "stackctl")
def test_every_example_stands_on_a_line_of_its_own(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    text = answer(capsys, *words, "--help").out
    assert "\\b" not in text
    if "Examples:" in text:
        lines = re.search(r"^ +Examples:\n((?: {4}\S.*\n)+)", text, re.MULTILINE)
        assert lines, text
        assert all("stackctl" in line for line in lines[1].splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name: str) -> None:
    command = command_of(name)
    assert COMMANDS[name][1] == (command.help or "").splitlines()[0]
    assert command.callback is not None


@pytest.mark.parametrize("name", PASSED_ON)
def test_the_table_says_what_the_verbs_of_compose_do(name: str) -> None:
    assert PASSED_ON[name] == (command_of(name).help or "").splitlines()[0]


def test_an_alias_is_its_command() -> None:
    for alias, name in ALIASES.items():
        assert command_of(alias).help == command_of(name).help


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_flag_has_help(words: tuple[str, ...]) -> None:
    for param in leaf(words).params:
        if isinstance(param, click.Option) and not param.hidden:
            assert param.help, f"{words} {param.opts}"
            assert param.help.endswith("."), f"{words} {param.opts}"


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_gives_json(words: tuple[str, ...]) -> None:
    if words[0] not in PASSED_ON:
        assert "--json" in {flag for param in leaf(words).params for flag in param.opts}


CHANGING = ["up", "down", "restart", "init", *(f"secrets {verb}" for verb in ("generate", "set", "remove"))]
CHANGING += [f"env {verb}" for verb in ("init", "sync", "set", "unset")]
CHANGING += ["secrets seal", "secrets unseal", "secrets recipients add", "secrets recipients remove"]


@pytest.mark.parametrize("words", CHANGING)
def test_what_changes_something_has_a_dry_run(words: str) -> None:
    assert "--dry-run" in {flag for param in leaf(tuple(words.split())).params for flag in param.opts}


def test_no_words_are_a_misuse_that_shows_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys)
    assert said.code == 2
    assert said.out + said.err == answer(capsys, "--help").out


@pytest.mark.parametrize(("typed", "meant"), [("upp", "up"), ("statsu", "status"), ("secret", "secrets")])
def test_a_wrong_command_gets_a_suggestion(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, typed)
    assert (said.code, said.out) == (2, "")
    assert f"“{typed}”" in said.err
    assert f"did you mean “{meant}”?" in said.err
