"""`stackctl secrets list` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.cli.secret_options import flags_of, named, target_of
from stackctl.errors import Finding, Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.secret_rows import Row

HEAD = ("secret", "state", "age", "digest", "sealed", "read by")
STATES = {"kept": GOOD, "missing": BAD, "stale": WARN, "weak": WARN, "unused": DIM, "elsewhere": DIM, "empty": DIM}


@click.command("list")
@with_session(words="[ENV]")
def list_secrets(session: Session) -> Result:
    """List the secrets: who reads them, how old they are, and their state.

    A digest is keyed: equal ones mean equal values, and nobody can compute the value from one.

    \b
    Examples:
      stackctl secrets list
      stackctl secrets list prod --json
    """
    from stackctl.lifecycle.secret_rows import secret_rows
    from stackctl.lifecycle.secret_values import secrets_of
    from stackctl.stack.durations import human

    world = session.world()
    secrets = secrets_of(world, target_of(session))
    rows = secret_rows(world, secrets)
    findings = []
    if secrets.problem:
        message = f"who reads the secrets is not known: {secrets.problem}"
        findings.append(Finding("readers-unknown", "warning", secrets.target.project, message, "see: stackctl config"))
    cells: list[list[Cell | str]] = [
        [
            row.name,
            Cell(row.state, (STATES[row.state],)),
            "" if row.age is None else human(max(1.0, row.age)),
            Cell(row.digest, (DIM,)),
            Cell(row.sealed, (GOOD if row.sealed == "yes" else WARN,)),
            ", ".join(row.services),
        ]
        for row in rows
    ]
    lines = table(HEAD, cells, session.style, session.width)
    data = {
        "project": secrets.target.project,
        "folder": str(secrets.store.folder),
        "secrets": [_data(row) for row in rows],
    }
    return Result(data=data, lines=lines or [f"{secrets.target.title} has no secrets"], findings=findings)


@click.command("show")
@click.option("--previous", is_flag=True, help="The value before the present one.")
@with_session(words="NAME")
def show(session: Session, previous: bool) -> Result:
    """Print the bare value of one secret.

    \b
    Examples:
      stackctl secrets show grafana_admin
      stackctl secrets show mongo_root -e prod
      stackctl secrets show mongo_root --previous | stackctl secrets set mongo_root
    """
    from stackctl.lifecycle.secret_values import secrets_of

    world = session.world()
    target, (name,) = named(session, "secrets show mongo_root")
    secrets = secrets_of(world, target, model=False)
    there = sorted({*secrets.store.names(), *(secrets.store.past.names() if previous else ())})
    if not there:
        raise Misuse(
            f"{target.title} has no secrets yet", f"the first start makes them: stackctl up {target.env.value}"
        )
    if name not in there:
        from stackctl.workspace.names import unknown

        raise unknown("secret", name, there)
    value = next(iter(secrets.store.past.of(name)), "") if previous else secrets.store.get(name) or ""
    if previous and not value:
        hint = f"the present value: stackctl secrets show {name}{flags_of(session)}"
        raise Misuse(f"{name} had no other value before", hint, code="no-previous")
    return Result(data={"name": name, "value": value}, revealed=True, raw=None if session.output.json else value + "\n")


def _data(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "state": row.state,
        "services": list(row.services),
        "age_seconds": None if row.age is None else round(row.age),
        "digest": row.digest or None,
        "sealed": row.sealed or None,
        "derived_from": list(row.derived_from),
    }
