"""Asking before something is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from stackctl.errors import Refused

if TYPE_CHECKING:
    from stackctl.cli.session import Session


def confirm(session: Session, lost: Sequence[str], question: str) -> None:
    """Show what will be lost and ask; `--yes` answers. Raises Refused on a no, and where nobody can be asked."""
    if session.output.yes:
        return
    if not session.output.interactive:
        raise Refused("; ".join(line.strip() for line in lost), "say so: --yes", code="needs-yes")
    session.progress.close()
    for line in lost:
        click.echo(line, err=True)
    if not click.confirm(question, default=False, err=True):
        raise Refused("nothing has been changed", "answer y, or give --yes", code="declined")
