"""`stackctl secrets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.workspace.home import secrets_dir
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.group("secrets", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show stored secrets.

    They live outside the checkout, one value per file, under $STACKCTL_HOME/projects/PROJECT/secrets.
    """


@command.command("show")
@with_session(words="NAME")
def show(session: Session) -> Result:
    """Print the bare value of one secret.

    \b
    Examples:
      stackctl secrets show grafana_admin
      stackctl secrets show mongo_root -e prod
    """
    from dataclasses import replace

    from stackctl.secrets.store import FileSecretStore
    from stackctl.workspace.files import DiskFiles

    if len(session.words) != 1:
        raise Misuse("secrets show wants one name", "write for example: stackctl secrets show mongo_root")
    name = session.words[0]
    session = replace(session, words=())
    target, _services = session.target()
    store = FileSecretStore(secrets_dir(session.shell, target.project), DiskFiles())
    if name not in store.names():
        if not store.names():
            raise Misuse(
                f"{target.title} has no secrets yet", f"the first start makes them: stackctl up {target.env.value}"
            )
        raise unknown("secret", name, store.names())
    value = store.get(name) or ""
    return Result(data={"name": name, "value": value}, revealed=True, raw=None if session.output.json else value + "\n")
