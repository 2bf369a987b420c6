"""Decides what becomes of an env file. What stands in it wins, whatever the template says now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackctl.env.escape import unescape
from stackctl.env.fill_plan import FilePlan, Surroundings, missing
from stackctl.env.grammar import Addition, EnvFile, parse
from stackctl.env.placing import HEADER, put_in_place
from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.env.item import Item, Template
    from stackctl.env.scan import Entry

Decision = Literal["add", "update", "keep", "missing", "pass"]


def plan_file(template: Template, existing: EnvFile | None, around: Surroundings) -> FilePlan:
    """Give the new content of the env file and what changes in it; secrets never stand there."""
    env_file = existing or parse(header(template), str(around.path))
    keys: dict[Decision, list[str]] = {"add": [], "update": [], "keep": [], "missing": [], "pass": []}
    additions: list[Addition] = []
    updates: dict[str, str] = {}
    lacks: list[Finding] = []
    for item in template.items:
        if item.secret:
            continue
        decision, value = decide(item, env_file.get(item.key), around)
        keys[decision].append(item.key)
        if decision == "add":
            additions.append(Addition(item.key, value, ("", *item.description) if item.description else ()))
        elif decision == "update":
            updates[item.key] = value
        elif decision == "missing":
            lacks.append(missing(item, f"write {item.key}=… into {around.path.name}"))
    env_file = put_in_place(env_file.replace_all(updates), [item.key for item in template.items], additions)
    data = env_file.to_bytes()
    changed = existing is None or data != existing.to_bytes()
    return FilePlan(
        data=data if changed else None,
        before=None if existing is None else existing.to_bytes(),
        added=tuple(keys["add"]),
        updated=tuple(keys["update"]),
        kept=tuple(keys["keep"]),
        missing=tuple(lacks),
    )


def decide(item: Item, entry: Entry | None, around: Surroundings) -> tuple[Decision, str]:
    """Decide about one variable; give the value where it is added or updated.

    Over an entry we write in two cases: the folder of the secrets, which we chose ourselves and which moves with
    the project's name, and a required value that stands there empty and that somebody has given now. A required value
    that somebody emptied although the template has a default stays empty: to refuse that is the check's matter.
    """
    given = around.secrets_dir if item.directives.secrets_dir else around.values.get(item.key, "")
    if entry is None:
        if item.required and not (given or item.default):
            return "missing", ""
        if item.deprecated or not (given or item.default is not None):
            return "pass", ""
        return "add", given or item.default or ""
    written = unescape(entry.raw_value, entry.quote)
    if item.directives.secrets_dir:
        return ("keep", "") if written == given else ("update", given)
    if entry.quote == "bare" or written or not item.required:
        return "keep", ""
    if given:
        return "update", given
    return ("keep", "") if item.default else ("missing", "")


def misplaced(template: Template, existing: EnvFile | None) -> tuple[Finding, ...]:
    """Find secrets that stand in the env file: nothing reads them there, and a copy of them leaks sooner or later."""
    entries = [] if existing is None else [existing.get(item.key) for item in template.items if item.secret]
    return tuple(
        Finding(
            "secret-in-env-file",
            "warning",
            entry.key,
            f"{entry.place}: {entry.key} is kept as a secret file, so its value here is not used",
            "remove the line",
        )
        for entry in entries
        if entry is not None and entry.raw_value
    )


def header(template: Template) -> bytes:
    """Give the first line of a new env file."""
    names = " and ".join(Path(source).name for source in template.sources) or "the Compose files"
    return f"{HEADER} from {names}. What stands here is kept: change it freely.\n".encode()
