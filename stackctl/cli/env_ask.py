"""Asking for values: those that are required and missing, and those that a user sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.env.item import Item
    from stackctl.lifecycle.env_plan import EnvPlan


def ask_missing(session: Session, plan: EnvPlan) -> dict[str, str]:
    """Ask for each missing value and give the answers by key; nothing where none is missing or nobody can be asked."""
    missing = plan.fill.missing if plan.fill else ()
    if not missing or plan.template is None or not session.output.interactive:
        return {}
    session.progress.close()
    given = {}
    for finding in missing:
        item = plan.template.get(finding.subject)
        if item is not None:
            for line in item.description:
                click.echo(f"  {line}", err=True)
            given[item.key] = ask(item.key, item, sensitive=item.sensitive)
            session.mask.add(*([given[item.key]] if item.sensitive else ()))
    return given


def ask(key: str, item: Item | None, *, sensitive: bool) -> str:
    """Ask for one value until it fits its type; a sensitive one is not shown."""
    from stackctl.env.validate import problem

    if item and item.example:
        click.echo(f"  for example: {item.example}", err=True)
    while True:
        value = str(click.prompt(key, hide_input=sensitive, err=True))
        wrong = problem(item.type, value) if item else ""
        if not wrong:
            return value
        click.echo(f"  it {wrong}", err=True)
