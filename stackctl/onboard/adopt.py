"""An existing Compose project gets environments: new files beside the user's own, which are never touched.

The main file stays the base. What the override file says becomes the environment `dev`, word for word, comments and
all; `prod` is a small delta to begin with; a template says which variables `.env` has, without a value of it. Whether
`dev` is what Compose loaded before is asked of Compose itself, before anything is written.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine.door import Compose
from stackctl.env.grammar import parse
from stackctl.errors import ConfigError, Refused
from stackctl.mask import is_sensitive
from stackctl.stack.model import stack_from
from stackctl.workspace.compose_files import MAIN_NAMES, OVERRIDE_NAMES, load, read_text, stands_alone, words_named
from stackctl.workspace.plain import dotenv_value, overlays

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.files import Files

DEV, PROD, TEMPLATE = "compose.dev.yaml", "compose.prod.yaml", ".env.template"
TEMPLATES = (TEMPLATE, ".env.schema", ".env.example")
IGNORED = (".stackctl/", ".env")
_DEV_HEAD = "# The environment dev: `stackctl up dev` loads {main} and this file"
_PROD_HEAD = """\
# The environment prod: `stackctl up prod` loads {main} and this file. A delta to begin with: what production has and
# a laptop does not. Read it, and add your own: limits, ports that are not published, another image.
"""
_TEMPLATE_HEAD = """\
# Which variables .env has, without their values. `stackctl env init` makes a .env of it, `env check` compares them.
# @defaultRequired=false
# ----------------------------------------------------------------------------
"""


@dataclass(frozen=True)
class NewFile:
    """A file that would appear, or grow: its old text is empty where it is new."""

    path: Path
    before: str
    after: str


@dataclass(frozen=True)
class AdoptPlan:
    """What would be written, and what was left as it is, with the reason."""

    root: Path
    main: Path
    files: tuple[NewFile, ...]
    notes: tuple[str, ...] = ()

    def diff(self) -> list[str]:
        """Give the change as a unified diff."""
        lines: list[str] = []
        for item in self.files:
            name = str(item.path.relative_to(self.root))
            old = f"a/{name}" if item.before else "/dev/null"
            text = difflib.unified_diff(
                item.before.splitlines(), item.after.splitlines(), old, f"b/{name}", lineterm=""
            )
            lines += list(text)
        return lines


def plan_adopt(world: World, root: Path, source: Path | None = None) -> AdoptPlan:
    """Give what would be written. Changes nothing.

    Raises ConfigError where the project cannot have environments, with the precise reason, and where Compose does not
    take its files; Refused where the new environment `dev` would be another model than before.
    """
    main = _main(world, root, source)
    override = next((root / name for name in OVERRIDE_NAMES if (root / name).is_file()), None)
    compose = _compose(world, root, [main, *([override] if override else [])])
    before = world.engine.config(compose)
    stack = stack_from(before)
    found, notes = [], []
    existing = overlays(root)
    for env, name, text in (("dev", DEV, _dev(main, override)), ("prod", PROD, _prod(main, stack))):
        if env in existing:
            notes.append(f"{existing[env].name} is there already and stays as it is")
        else:
            found.append(NewFile(root / name, "", text))
    dev = next((item for item in found if item.path.name == DEV), None)
    if dev is not None:
        _check_same(world, root, main, dev, before)
    prod = next((item for item in found if item.path.name == PROD), None)
    refused = _refusal(world, root, main, prod) if prod is not None else None
    if prod is not None and refused is not None:
        found.remove(prod)
        notes.append(f"no {PROD}: Compose does not take a delta to these files ({refused.message})")
    template = _template(world.files, root, notes)
    found += [NewFile(root / TEMPLATE, "", template)] if template else []
    found += _gitignore(world.files, root)
    return AdoptPlan(root, main, tuple(found), tuple(notes))


def apply_adopt(plan: AdoptPlan, files: Files) -> None:
    """Write the files; nothing that is there is replaced, only `.gitignore` grows. Raises ConfigError, Refused."""
    for item in plan.files:
        if item.before:
            files.write(item.path, item.after.encode(), 0o644)
        elif not files.create(item.path, item.after.encode(), 0o644):
            raise Refused(f"{item.path.name} appeared meanwhile", "look at it, and run init again", code="exists")


def _main(world: World, root: Path, source: Path | None) -> Path:
    named = world.shell.get("COMPOSE_FILE") or dotenv_value(root, "COMPOSE_FILE")
    if named and source is None:
        raise ConfigError(
            f"COMPOSE_FILE names the files of this project ({named}), and environments are overlays of one main file",
            "merge them into compose.yaml first, or go on without environments: stackctl up works as it is",
            code="not-adoptable",
        )
    main = source or next((root / name for name in MAIN_NAMES if (root / name).is_file()), None)
    if main is None:
        raise ConfigError(
            f"{root} has no Compose file", f"name it: stackctl init --from FILE; known names: {', '.join(MAIN_NAMES)}"
        )
    if not main.is_file():
        raise ConfigError(f"{main} does not exist", "check the name")
    if main.name not in MAIN_NAMES or main.parent != root:
        raise ConfigError(
            f"environments are found beside a main file that Compose finds by itself, and {main} is none",
            f"name it compose.yaml, and run this in its folder: git mv {main.name} compose.yaml",
            code="not-adoptable",
        )
    return main


def _dev(main: Path, override: Path | None) -> str:
    head = _DEV_HEAD.format(main=main.name)
    if override is None:
        return f"{head}.\n# There was no override file, so it adds nothing yet.\nservices: {{}}\n"
    text = read_text(override)
    return f"{head}.\n# It is {override.name}, which plain `docker compose up` still loads; with ENV it is not.\n{text}"


def _prod(main: Path, stack: Stack) -> str:
    lines = [_PROD_HEAD.format(main=main.name).rstrip("\n"), "services:"]
    services = [part for name, service in stack.services.items() for part in _prod_service(stack, name, service)]
    return "\n".join([*lines, *services] if services else [*lines[:-1], "services: {}"]) + "\n"


def _prod_service(stack: Stack, name: str, service: Any) -> Iterator[str]:
    lines = []
    if not service.restart and stack.job(name) == "no":
        lines.append("    restart: unless-stopped")
    if not service.raw.get("logging"):
        lines.append('    logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}')
    if lines:
        yield f"  {json.dumps(name)}:"
        yield from lines


def _check_same(world: World, root: Path, main: Path, dev: NewFile, before: Mapping[str, Any]) -> None:
    """Raise Refused where main and the new overlay are not what Compose loaded before; it says what differs."""
    overlay = _scratch_file(world, root, dev)
    try:
        alone = stands_alone(load(overlay), load(main))
        after = world.engine.config(_compose(world, root, [main, overlay]))
    finally:
        world.files.remove(overlay)
    where = [] if alone else list(differences(before, after))
    if alone:
        where = ["the override file is complete by itself, and such an overlay is used alone"]
    if where:
        raise Refused(
            f"the environment dev would not be what Compose loads now: {'; '.join(where[:3])}",
            "nothing was written; go on without environments: stackctl up works as it is",
            code="not-adoptable",
        )


def _refusal(world: World, root: Path, main: Path, prod: NewFile) -> ConfigError | None:
    """Give why Compose does not take the overlay: what an `include` brings may not be changed by every release."""
    overlay = _scratch_file(world, root, prod)
    try:
        world.engine.config(_compose(world, root, [main, overlay]))
    except ConfigError as error:
        return error
    else:
        return None
    finally:
        world.files.remove(overlay)


def _scratch_file(world: World, root: Path, item: NewFile) -> Path:
    """Write it for a moment under another name beside the others: what it extends or includes is found from there."""
    path = root / f".{item.path.name}.{world.entropy.take(4).hex()}"
    world.files.write(path, item.after.encode())
    return path


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Give where two models differ, as paths; the labels that are ours do not count."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            if not (place.endswith(".labels") and str(key).startswith("stackctl.")):
                yield from differences(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif before != after:
        yield place


def _compose(world: World, root: Path, files: Sequence[Path]) -> Compose:
    names = words_named([*files, root / ".env"])
    words = ["--project-directory", str(root), "--profile", "*"]
    for path in files:
        words += ["-f", str(path)]
    return Compose("", tuple(words), root, {name: text for name, text in world.shell.items() if name in names})


def _template(files: Files, root: Path, notes: list[str]) -> str:
    """Give a template of `.env`: names and what kind of value each has, never a value."""
    there = next((name for name in TEMPLATES if files.read(root / name) is not None), None)
    data = files.read(root / ".env")
    if there is not None or data is None:
        notes += [f"{there} is the template of .env and stays as it is"] if there else []
        return ""
    values = parse(data, ".env").resolve({})
    lines = [_TEMPLATE_HEAD]
    for key, value in values.items():
        lines.append(f"# {_kind(key, value)}\n{key}=\n")
    return "\n".join(lines) if values else ""


def _kind(key: str, value: str) -> str:
    if is_sensitive(key):
        return "@sensitive @type=string"
    if value.lower() in ("true", "false"):
        return "@type=boolean"
    if value.isdecimal():
        return "@type=port" if "PORT" in key.upper() and 0 < int(value) <= 65535 else "@type=number"
    return "@type=url" if value.startswith(("http://", "https://")) else "@type=string"


def _gitignore(files: Files, root: Path) -> list[NewFile]:
    text = (files.read(root / ".gitignore") or b"").decode("utf-8", "replace")
    missing = [line for line in IGNORED if line not in {*text.splitlines()} and f"/{line}" not in text.splitlines()]
    if not missing:
        return []
    start = text if not text or text.endswith("\n") else f"{text}\n"
    return [NewFile(root / ".gitignore", text, start + "".join(f"{line}\n" for line in missing))]
