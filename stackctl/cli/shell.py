"""`stackctl shell`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.enter import on_terminal, run_entry, service_and_rest
from stackctl.cli.options import with_session

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.ui.envelope import Result


@click.command("shell", context_settings={"ignore_unknown_options": True})
@with_session(words="SERVICE [-- CMD]...")
def command(session: Session) -> Result:
    """Open a shell in a service, or run CMD there.

    Where the image has no shell, a helper container opens beside the service: in its network, among its processes,
    with its files under /proc/1/root. The exit code is the command's own. In a pipe there is no terminal, and what is
    printed passes the mask: for bytes use `docker exec`.

    \b
    Examples:
      stackctl shell core
      stackctl shell jaeger
      stackctl shell redis -e prod -- cat /proc/meminfo
    """
    from stackctl.lifecycle.enter import container_of, shell_entry

    world = session.world()
    target, service, words = service_and_rest(session, "shell")
    return run_entry(session, shell_entry(world, container_of(world, target, service), words, terminal=on_terminal()))
