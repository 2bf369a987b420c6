"""The documentation says what the code does: generated pages are fresh, tables agree, links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stackctl import errors
from stackctl.cli import reference
from stackctl.cli.commands import ALIASES, COMMANDS, PASSED_ON
from stackctl.cli.main import cli
from stackctl.env import decorators, directives, recipe, types
from stackctl.errors import StackctlError
from stackctl.services.registry import derivers
from tests.faults.table import ALL as CORPUS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "stackctl").rglob("*.py")))

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_WORD = re.compile(r"`([a-z][a-z-]+)`")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in _FENCE.findall(text) if found == language]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as Git forges make them."""
    headings = re.findall(r"^#+ (.+)$", prose(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(text: str, columns: int) -> Iterator[list[str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and not set(cells[0]) <= {"-"}:
            yield cells


# -------------------------------------------------------------------------------------------------- the whole manual


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(prose(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _hash, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.is_file(), f"{name_of(page)}: {link} does not exist"
        if anchor:
            assert anchor in anchors(path), f"{name_of(page)}: {link}, there is {sorted(anchors(path))}"


def test_the_index_names_every_page() -> None:
    index = text_of("README.md")
    named = {(DOCS / link.partition("#")[0]).resolve() for link in _LINK.findall(index)}
    assert {path for path in PAGES if DOCS in path.parents} - named == {DOCS / "README.md"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_folder_of_the_machine_that_wrote_it(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.findall(r"(?<![\w.$~-])/(?:tmp|work|root|mnt|opt)/\S*", text)
    known = ("http://127.0.0.1", "http://collector:4318", "https://keepachangelog.com/", "https://semver.org/")
    assert not [url for url in re.findall(r"https?://[^\s)`\"]+", text) if not url.startswith(known)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_fences_close_and_lines_fit(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.count("```") % 2 == 0
    assert text.endswith("\n")
    long = [line for line in prose(text).splitlines() if len(line) > 125 and not line.startswith(("|", "- `"))]
    assert not long


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    text = page.read_text("utf-8")
    named = re.findall(r"`make ([a-z-]+)`", text) + re.findall(r"^\$ make ([a-z-]+)", text, re.MULTILINE)
    assert set(named) <= targets


def command_lines() -> Iterator[tuple[str, str]]:
    """Every `stackctl …` that a console block of the manual tells a reader to run."""
    for page in PAGES:
        for block in blocks(page.read_text("utf-8"), "console"):
            for line in re.findall(r"^ *\$ (.+)$", block, re.MULTILINE):
                for part in re.split(r"\$\(|\)|\||&&|;|[<>]+", line):
                    if part.strip().startswith("stackctl "):
                        yield name_of(page), part.strip()


@pytest.mark.parametrize("line", sorted(set(command_lines())), ids=" ".join)
def test_every_command_line_of_the_manual_is_one(line: tuple[str, str]) -> None:
    if shlex.split(line[1].partition("#")[0])[1:] not in (["COMMAND", "[ENV]", "[SERVICE]..."], ["up", "prd"]):
        parses(line[1])


def parses(line: str) -> None:
    words = shlex.split(line.partition("#")[0])[1:]
    context = cli.make_context("stackctl", [*words], resilient_parsing=False)
    name, command, rest = cli.resolve_command(context, context._protected_args + context.args)
    assert command is not None, line
    while isinstance(command, click.Group):
        context = command.make_context(name, rest, parent=context)
        if not (context._protected_args + context.args):
            return  # a group that does something by itself
        name, command, rest = command.resolve_command(context, context._protected_args + context.args)
        assert command is not None, line
    command.make_context(name, rest, parent=context)


def test_every_recipe_has_a_command_and_every_fault_of_them_a_stack() -> None:
    text = text_of("how-to/troubleshoot.md")
    recipes, _title, faults = text.partition("## Each as a stack")
    lines = re.findall(r"`(stackctl [^`]*)`", recipes)
    assert len(lines) > 25
    for line in lines:
        parses(line)
    for asked, way in rows(recipes, 2):
        assert asked == "recipe" or way.count("`") >= 2, asked
    corpus = {case.name: case.code for case in CORPUS}
    told = [row for row in rows(faults, 3) if row[1] != "stack"]
    assert len(told) >= 15
    for what, stacks, verdicts in told:
        codes = _WORD.findall(verdicts)
        names = _WORD.findall(stacks)
        assert names, what
        assert list(dict.fromkeys(corpus[name] for name in names)) == codes, what


# ------------------------------------------------------------------------------------------------------ the reference


def test_the_command_reference_is_fresh() -> None:
    assert text_of(f"reference/{reference.PAGE}") == reference.page(), "run: make reference"


def test_the_table_of_variables_is_fresh_and_whole() -> None:
    text = text_of(f"reference/{reference.VARIABLES}")
    assert text == reference.variables_page(), "run: make reference"
    for path in (ROOT / "env" / "core").glob("*.env.template"):
        for key in re.findall(r"^([A-Z_]+)=", path.read_text("utf-8"), re.MULTILINE):
            assert f"| `{key}` |" in text, key


def test_the_command_reference_knows_no_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LANG", "C")
    reference.main([str(tmp_path / "new")])
    assert (tmp_path / "new" / reference.PAGE).read_text("utf-8") == text_of(f"reference/{reference.PAGE}")


def test_every_command_has_a_section_with_an_example() -> None:
    text = text_of(f"reference/{reference.PAGE}")
    for name, (_module, line) in COMMANDS.items():
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, name
        assert line in section[1]
        assert f"$ stackctl {name}" in section[1]
    for name in (*ALIASES, *PASSED_ON):
        assert f"`{name}`" in text or f"`stackctl {name} " in text


def test_the_exit_codes_are_those_of_the_errors() -> None:
    """Code, class and meaning; the meanings are those of the tree in the docstring of errors.py."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StackctlError)]
    tree = dict(re.findall(r"^(?:[├└]── )?(\w+) +\d+ +(.+)$", errors.__doc__ or "", re.MULTILINE))
    table = [row for row in rows(text_of("reference/exit-codes.md"), 3) if row[0].isdigit()]
    assert table[0] == ["0", "–", "done"]
    meanings = {code: (name.strip("`"), meaning) for code, name, meaning in table[1:]}
    assert {code: name for code, (name, _meaning) in meanings.items()} == {
        str(kind.exit_code): kind.__name__ for kind in kinds
    }
    assert dict(meanings.values()) == {**tree, "StackctlError": "a bug of ours"}


def test_every_error_word_of_the_page_is_one_of_the_code() -> None:
    table = text_of("reference/exit-codes.md").partition("## The word beside the number")[2]
    for code, words in rows(table, 2):
        for word in _WORD.findall(words) if code.isdigit() else ():
            made = word.startswith("unknown-") and 'code=f"unknown-{kind}"' in SOURCES
            assert made or f'"{word}"' in SOURCES, word


def test_every_kind_of_json_is_json_and_every_command_has_one() -> None:
    text = text_of("reference/json.md")
    for block in blocks(text, "json"):
        json.loads(block)
    sections = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    assert sorted(sections) == sorted(COMMANDS)


def test_every_variable_of_ours_is_in_the_table() -> None:
    text = text_of("reference/variables.md")
    for name in set(re.findall(r"(?<![_\w])STACKCTL_[A-Z_]*[A-Z]", SOURCES)):
        assert f"`{name}`" in text, name


def test_every_label_of_the_page_is_read_or_written_somewhere() -> None:
    recipes = "\n".join(path.read_text("utf-8") for path in (ROOT / "stacks" / "images").glob("*/Dockerfile"))
    for label in re.findall(r"^\| `(stackctl\.[a-z_]+)`", text_of("reference/labels.md"), re.MULTILINE):
        assert f'"{label}"' in SOURCES or label in recipes, label


def test_the_template_page_names_every_word_that_templates_know() -> None:
    text = text_of("reference/env-templates.md")
    at = (*decorators.ITEM, *decorators.ROOT, *decorators.IGNORED, *decorators.IGNORED_ROOT)
    for name in at:
        assert re.search(rf"`@{name}\b", text), name
    for name in directives.KNOWN:
        assert re.search(rf"^\| `{name}\b", text, re.MULTILINE), name
    for name in recipe.RECIPES:
        assert f"| `{name}(N)` |" in text, name
    for name, deriver in derivers().items():
        assert f"| `{name}(SECRET" in text, name
        for option in deriver.options:
            assert f"{option}=" in text, option
    assert f"number from {recipe.SMALLEST} to {recipe.LARGEST}" in text
    for name, settings in types.TYPES.items():
        assert re.search(rf"`{name}\b", text), name
        for setting in settings:
            assert f"`{setting}`" in text, setting


def test_the_changelog_knows_this_version() -> None:
    import stackctl

    assert re.search(rf"^## \[{re.escape(stackctl.__version__)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
