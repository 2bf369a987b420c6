"""`stackctl client`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.enter import on_terminal, run_entry, service_and_rest
from stackctl.cli.options import with_session

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.ui.envelope import Result


@click.command("client", context_settings={"ignore_unknown_options": True})
@with_session(words="SERVICE [-- ARGS]...")
def command(session: Session) -> Result:
    """Open a store's own client, logged in.

    It runs in the service's container and reads the password there, so none stands in a command line. ARGS go to the
    client. The exit code is the client's own.

    \b
    Examples:
      stackctl client mongodb
      stackctl client redis -- INFO memory
      stackctl client mongodb -- --eval 'show dbs'
    """
    from stackctl.lifecycle.enter import client_entry, container_of

    world = session.world()
    target, service, words = service_and_rest(session, "client")
    return run_entry(session, client_entry(container_of(world, target, service), words, terminal=on_terminal()))
