"""The import contracts of pyproject.toml: they hold, and they bite."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "stackctl"

# Who alone may import what, read from the source itself: a second pair of eyes beside import-linter, which does not
# see imports by name (`importlib.import_module("rich")`).
OWNERS = {
    "click": "cli",
    "rich": "ui",
    "python_on_whales": "engine",
    "subprocess": "engine",
}
STARTERS = {
    ("os", "system"),
    ("os", "popen"),
    ("os", "fork"),
    ("os", "execvp"),
    ("os", "execvpe"),
    ("os", "posix_spawn"),
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_data" not in path.relative_to(PACKAGE).parts]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{name.name}" for name in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module


def test_each_library_stays_in_its_room() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        for name in imported(ast.parse(path.read_bytes()))
        if (owner := OWNERS.get(name.partition(".")[0])) and room_of(path) != owner
    ]
    assert strays == []


def test_only_cli_uses_ui() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        if room_of(path) not in {"cli", "ui"}
        for name in imported(ast.parse(path.read_bytes()))
        if name == "stackctl.ui" or name.startswith("stackctl.ui.")
    ]
    assert strays == []


def test_only_engine_starts_processes_through_os() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value.id}.{node.attr}"
        for path in modules()
        if room_of(path) != "engine"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in STARTERS
    ]
    assert strays == []


# The contracts against a small house with the same rooms, once as it should be and once with one wrong import.

WRONG_IMPORTS = {
    "errors uses cli": ("errors.py", "import stackctl.cli"),
    "errors uses mask": ("errors.py", "import stackctl.mask"),
    "workspace uses engine beside it": ("workspace/a.py", "import stackctl.engine"),
    "engine uses workspace beside it": ("engine/a.py", "import stackctl.workspace"),
    "images uses health beside it": ("images/a.py", "from stackctl.health import a"),
    "stack uses services": ("stack/a.py", "import stackctl.services"),
    "lifecycle uses ui": ("lifecycle/a.py", "from stackctl.ui import a"),
    "onboard uses ui inside a function": ("onboard/a.py", "def f() -> None:\n    import stackctl.ui"),
    "stack uses engine": ("stack/a.py", "import stackctl.engine"),
    "services uses engine": ("services/a.py", "from stackctl.engine import a"),
    "doctor uses click": ("doctor/a.py", "import click"),
    "ui uses click": ("ui/a.py", "from click import echo"),
    "cli uses rich": ("cli/a.py", "from rich.console import Console"),
    "cli starts a process": ("cli/a.py", "import subprocess"),
    "workspace starts a process": ("workspace/a.py", "from subprocess import run"),
    "images talks to Docker": ("images/a.py", "import python_on_whales"),
    "mask is imported by a room that is not listed": ("novelty/a.py", "import stackctl.mask"),
}
RIGHT_IMPORTS = (
    ("__main__.py", "import stackctl.cli"),
    ("cli/a.py", "import click\nimport stackctl.ui\nimport stackctl.onboard\nimport stackctl.workspace"),
    ("ui/a.py", "from rich.console import Console\nimport stackctl.lifecycle"),
    ("onboard/a.py", "import stackctl.lifecycle"),
    ("lifecycle/a.py", "import stackctl.health\nimport stackctl.images\nimport stackctl.secrets\nimport stackctl.env"),
    ("services/a.py", "import stackctl.stack\nimport stackctl.workspace"),
    ("engine/a.py", "import subprocess\nimport python_on_whales\nimport stackctl.mask"),
    ("mask.py", "import stackctl.errors"),
)


def contracts() -> dict[str, Any]:
    configuration: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return configuration


def rooms() -> list[str]:
    layers = next(contract for contract in contracts()["contracts"] if contract["id"] == "layers")["layers"]
    names = [name.strip() for layer in layers for name in layer.split("|")]
    return [name for name in names if not name.startswith("(")]


def build_house(root: Path, imports: tuple[tuple[str, str], ...]) -> None:
    """Write a package `stackctl` with one module `a` in every room, and the contracts in import-linter's own format."""
    house = root / "stackctl"
    house.mkdir()
    (house / "__init__.py").touch()
    for room in rooms():
        if (PACKAGE / f"{room}.py").exists():
            (house / f"{room}.py").touch()
            continue
        (house / room).mkdir()
        (house / room / "__init__.py").touch()
        (house / room / "a.py").touch()
    for name, text in imports:
        path = house / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")

    linter = configparser.ConfigParser(interpolation=None)
    configuration = contracts()
    linter["importlinter"] = {name: as_ini(value) for name, value in configuration.items() if name != "contracts"}
    for contract in configuration["contracts"]:
        linter[f"importlinter:contract:{contract['id']}"] = {name: as_ini(value) for name, value in contract.items()}
    with (root / ".importlinter").open("w", encoding="utf-8") as stream:
        linter.write(stream)


def as_ini(value: object) -> str:
    return "\n" + "\n".join(value) if isinstance(value, list) else str(value)


def lint(root: Path) -> tuple[int, str]:
    # A process of its own: import-linter keeps state, and it must read this house rather than the imported package.
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_contracts_keep_a_house_that_is_in_order(tmp_path: Path) -> None:
    build_house(tmp_path, RIGHT_IMPORTS)
    code, text = lint(tmp_path)
    assert code == 0, text


@pytest.mark.parametrize("case", WRONG_IMPORTS)
def test_contracts_find(case: str, tmp_path: Path) -> None:
    build_house(tmp_path, (*RIGHT_IMPORTS, WRONG_IMPORTS[case]))
    code, text = lint(tmp_path)
    assert code == 1, text
    assert "BROKEN" in text or "novelty" in text, text
