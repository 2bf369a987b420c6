"""`stackctl env show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.env_target import apart
from stackctl.cli.options import with_session
from stackctl.errors import Misuse, Refused
from stackctl.mask import HIDDEN
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM
from stackctl.ui.table import Cell, table
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.env.effective import Variable
    from stackctl.errors import Finding
    from stackctl.lifecycle.effective import Effective
    from stackctl.lifecycle.world import World


@click.command("show")
@click.option("--reveal", default="", metavar="KEY", help="Show one sensitive value: on a terminal, after a yes.")
@with_session(words="[KEY]")
def command(session: Session, reveal: str) -> Result:
    """Show every variable: its value, where that comes from, which services use it.

    Sensitive values are hidden. The source is a file with its line, the shell, or the default in a Compose file.

    \b
    Examples:
      stackctl env show -e prod
      stackctl env show CORE_PORT
    """
    from stackctl.lifecycle.effective import effective_of
    from stackctl.lifecycle.env_secrecy import learn_effective
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    plain, words = apart(session)
    if len(words) > 1 or (words and reveal and words[0] != reveal):
        raise Misuse("env show takes one name", "write for example: stackctl env show CORE_PORT")
    target, _services = plain.target()
    learn_target(world, target)
    found = effective_of(world, target)
    learn_effective(world, found)
    key = reveal or (words[0] if words else "")
    if key and key not in found.variables:
        raise unknown("variable", key, found.variables)
    if reveal:
        return _revealed(session, world, found, found.variables[reveal])
    shown = [found.variables[key]] if key else list(found.variables.values())
    data = {"project": found.target.project, "variables": [as_dict(variable) for variable in shown]}
    findings = () if found.complaint is None else [_complaint(found)]
    if key:
        return Result(data=data, lines=_whole(session, shown[0]), findings=findings)
    rows: list[list[Cell | str]] = [
        [
            variable.key,
            Cell(text_of(variable), (DIM,) if variable.sensitive else ()),
            Cell(str(variable.source), (DIM,)),
            ", ".join(variable.services),
        ]
        for variable in shown
    ]
    lines = table(("name", "value", "source", "services"), rows, session.style, session.width)
    return Result(data=data, lines=lines or [f"{target.title}: no variables"], findings=findings)


def _complaint(found: Effective) -> Finding:
    from stackctl.errors import Finding

    error = found.complaint
    assert error is not None
    return Finding(error.code, "warning", found.target.project, error.message, error.hint)


def text_of(variable: Variable) -> str:
    """Give a value for eyes: hidden where it is sensitive, on one line."""
    if variable.source.kind == "secret" or (variable.sensitive and variable.value):
        return HIDDEN
    return "" if variable.value is None else variable.value.replace("\n", "\\n")


def as_dict(variable: Variable) -> dict[str, object]:
    """Give a variable for scripts, its value hidden where it is sensitive."""
    item, place = variable.item, variable.source.place
    hidden = variable.source.kind == "secret" or (variable.sensitive and variable.value)
    return {
        "name": variable.key,
        "value": HIDDEN if hidden else variable.value,
        "sensitive": variable.sensitive,
        "source": {
            "kind": variable.source.kind,
            "file": place.source if place else None,
            "line": place.line if place else None,
        },
        "shadowed": variable.shadowed,
        "services": list(variable.services),
        "feeds": [{"service": service, "variable": name} for service, name in variable.feeds],
        "template": {"file": item.place.source, "line": item.place.line} if item else None,
        "default": None if item is None or item.sensitive else item.default,
        "type": item.type.name if item else None,
        "required": bool(item and item.required) or variable.required_by_compose is not None,
    }


def _whole(session: Session, variable: Variable) -> list[str]:
    item = variable.item
    rows = [("value", text_of(variable)), ("source", str(variable.source))]
    if variable.shadowed and variable.entry is not None:
        place = variable.entry.place
        rows.append(("overrides", f"{place.source}:{place.line}"))
    if item is not None:
        rows.append(("template", f"{item.place.source}:{item.place.line}"))
        rows += [("", line) for line in item.description]
        rows.append(("type", f"{item.type.name}{', required' if item.required else ''}"))
        rows.append(("default", "" if item.sensitive else item.default or ""))
        if item.secret:
            rows.append(("secret", f"stackctl secrets show {item.secret}"))
    for use in variable.uses:
        what = f"{use.service}: {use.container}" if use.container else use.path.removeprefix("services.")
        rows.append(("used", f"{what} ({use.place.source}:{use.place.line})"))
    mounted = [] if variable.uses else variable.services
    rows += [("used", service) for service in mounted]
    style = session.style
    return [style(variable.key, BOLD), *(f"  {style(f'{name:9}', DIM)} {text}" for name, text in rows if text)]


def _revealed(session: Session, world: World, found: Effective, variable: Variable) -> Result:
    from stackctl.secrets.store import FileSecretStore
    from stackctl.workspace.home import secrets_dir

    if not session.output.interactive:
        hint = "run it on a terminal; for scripts there are `stackctl secrets show` and `stackctl env export`"
        raise Refused(f"the value of {variable.key} is shown on a terminal only", hint, code="needs-terminal")
    session.progress.close()
    if not click.confirm(f"Show the value of {variable.key} on this screen?", default=False, err=True):
        raise Refused("nothing was shown", "answer y", code="declined")
    value = variable.value
    if variable.item is not None and variable.item.secret:
        folder = secrets_dir(world.shell, found.target.project)
        value = FileSecretStore(folder, world.files).get(variable.item.secret)
    return Result(data={"name": variable.key, "value": value}, lines=[value or ""], revealed=True)
