"""`env set` and `env unset`: one entry of an env file, everything else stays byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.fill import check_unchanged
from stackctl.env.fill_file import header
from stackctl.env.grammar import Addition, EnvFile, parse
from stackctl.env.placeholders import is_placeholder
from stackctl.env.placing import put_in_place
from stackctl.env.removing import remove
from stackctl.env.validate import problem
from stackctl.errors import ConfigError, Finding, Misuse
from stackctl.lifecycle.effective import read_all_uses
from stackctl.lifecycle.env_files import compose_env_files, own_env_file, read_env_file, read_templates, shown_path
from stackctl.lifecycle.env_plan import OWN_FILE
from stackctl.mask import is_sensitive
from stackctl.workspace.files import PRIVATE_FILE
from stackctl.workspace.names import closest, unknown

if TYPE_CHECKING:
    from stackctl.env.item import Item, Template
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Desk:
    """What an edit of one key works on: the file in which the key counts, and what the templates say of it."""

    target: Target
    key: str
    path: Path
    shown: str
    env_file: EnvFile | None
    template: Template
    known: frozenset[str]
    in_shell: bool = False

    @property
    def item(self) -> Item | None:
        """What the templates say of the key."""
        return self.template.get(self.key)

    @property
    def sensitive(self) -> bool:
        """Whether its value is a secret."""
        return self.item.sensitive if self.item else is_sensitive(self.key)

    @property
    def option(self) -> str:
        """Give the flag that names the environment in a command."""
        return "" if self.target.plain or not self.target.env.value else f" -e {self.target.env.value}"


@dataclass(frozen=True)
class Edit:
    """One change of one file: its content before (None: there is none) and after, and what the user should know."""

    desk: Desk
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the file stays as it is."""
        return self.before == self.after


def lay_out(world: World, target: Target, key: str) -> Desk:
    """Read what an edit of a key needs.

    Raises ConfigError for files that do not parse, Misuse for a key whose value is a secret file.
    """
    template = read_templates(world, target)
    item = template.get(key)
    if item is not None and item.secret:
        name = "" if target.plain or not target.env.value else f" -e {target.env.value}"
        raise Misuse(
            f"{key} is kept as a secret file, not in an env file",
            f"stackctl secrets set {item.secret}{name}",
            code="is-secret-file",
        )
    path, env_file = own_env_file(target), None
    for other in compose_env_files(world, target):
        found = None if other.name == OWN_FILE else read_env_file(world, other, shown_path(target, other))
        if other == own_env_file(target) and (env_file is None or key not in env_file):
            env_file = found
        elif found is not None and key in found:
            path, env_file = other, found  # a later file wins, so a change of an earlier one would do nothing
    known = {item.key for item in template.items} | {use.key for use in read_all_uses(world, target).uses}
    shown = shown_path(target, path)
    return Desk(target, key, path, shown, env_file, template, frozenset(known), key in world.shell)


def plan_set(desk: Desk, value: str) -> Edit:
    """Decide how to set a value. Raises ConfigError for one that is no value of its type, or that no file can hold."""
    item, key = desk.item, desk.key
    wrong = problem(item.type, value) if item else ""
    if wrong:
        hint = f"see: stackctl env show {key}{desk.option}"
        raise ConfigError(f"this value for {key} {wrong}", hint, code="invalid-value")
    if item and item.required and not value:
        raise ConfigError(
            f"{key} must have a value", f"to take it out: stackctl env unset {key}", code="empty-variable"
        )
    env_file = desk.env_file
    if env_file is not None and key in env_file:
        after = env_file.replace(key, value)
    else:
        start = env_file or parse(header(desk.template), desk.shown)
        lines = ("", *item.description) if item and item.description else ()
        after = put_in_place(start, [item.key for item in desk.template.items], [Addition(key, value, lines)])
    before = None if env_file is None else env_file.to_bytes()
    return Edit(desk, before, after.to_bytes(), tuple(_told(desk, value)))


def plan_unset(desk: Desk) -> Edit:
    """Decide how to take a key out. Raises Misuse, with "did you mean", where the file does not have it."""
    env_file = desk.env_file
    if env_file is None or desk.key not in env_file:
        raise unknown("variable", desk.key, env_file.keys if env_file else ())
    item = desk.item
    after = remove(env_file, desk.key, item.description if item else ())
    findings = []
    if item is not None and item.default is not None and not desk.target.plain and not item.deprecated:
        message = f"{desk.key} comes back with its default at the next `up`: {item.place} has it"
        findings.append(Finding("comes-back", "info", desk.key, message))
    elif item is not None and item.required:
        hint = f"stackctl env set {desk.key}{desk.option}"
        findings.append(Finding("missing-variable", "warning", desk.key, f"{desk.key} is required", hint))
    return Edit(desk, env_file.to_bytes(), after.to_bytes(), tuple(findings))


def apply_edit(world: World, edit: Edit) -> None:
    """Write the file at once. Raises ConfigError where it was changed meanwhile, or cannot be written."""
    world.files.sweep(edit.desk.path.parent)
    if not edit.empty:
        check_unchanged(edit.desk.path, edit.before, world.files)
        world.files.write(edit.desk.path, edit.after, PRIVATE_FILE)


def _told(desk: Desk, value: str) -> list[Finding]:
    key, found = desk.key, []
    if key not in desk.known:
        guess = closest(key, desk.known)
        hint = f"did you mean “{guess}”? To take it back: stackctl env unset {key}{desk.option}" if guess else ""
        message = f"{key} is in no template, and no Compose file uses it"
        found.append(Finding("unknown-variable", "warning", key, message, hint))
    if is_placeholder(value):
        found.append(Finding("placeholder", "warning", key, f"the new value of {key} looks like a placeholder"))
    if desk.in_shell:
        message = f"{key} is set in your shell, and Compose obeys that"
        found.append(Finding("shadowed", "warning", key, message, f"unset {key}"))
    return found
