"""Asking before something is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from stackctl.errors import Refused

if TYPE_CHECKING:
    from stackctl.cli.session import Session


def confirm(session: Session, sentence: str, lost: Sequence[str], question: str) -> None:
    """Show what will be lost and ask; `--yes` answers. Raises Refused on a no, and where nobody can be asked."""
    if session.output.yes:
        return
    _show(session, sentence, lost)
    if not click.confirm(question, default=False, err=True):
        raise Refused("nothing has been changed", "answer y, or give --yes", code="declined")


def confirm_by_name(session: Session, sentence: str, lost: Sequence[str], name: str) -> None:
    """Show what will be lost and ask for a name to be typed; `--yes` answers. Raises Refused as `confirm` does."""
    if session.output.yes:
        return
    _show(session, sentence, lost)
    if click.prompt(f"type {name} to go on", default="", show_default=False, err=True) != name:
        raise Refused("nothing has been changed", f"type {name}, or give --yes", code="declined")


def _show(session: Session, sentence: str, lost: Sequence[str]) -> None:
    if not session.output.interactive:
        raise Refused(
            ": ".join(filter(None, (sentence, ", ".join(lost)))), "if that is what you want: --yes", code="needs-yes"
        )
    session.progress.close()
    click.echo(f"{sentence}:" if lost else sentence, err=True)
    for line in lost:
        click.echo(f"  {line}", err=True)
