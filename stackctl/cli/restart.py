"""`stackctl restart`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.failure_bundle import bundle_on_failure
from stackctl.cli.lock import hold
from stackctl.cli.options import Duration, change_options, with_session
from stackctl.cli.start import carry_out, make_plan, show_plan, show_result
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("restart")
@click.option(
    "--in-place", is_flag=True, help="Only restart the processes, as Compose does: the old environment stays."
)
@click.option(
    "--timeout", type=Duration(), default=None, help="How long to wait until all is ready, such as 90s or 5m."
)
@change_options
@with_session()
@bundle_on_failure("restart")
def command(session: Session, in_place: bool, timeout: float | None, lock_wait: float, dry_run: bool) -> Result:
    """Apply what is pending, restart, and wait.

    `docker compose restart` keeps the old environment, so that a changed variable or secret changes nothing. This
    recreates what has changed, restarts the rest, waits until it is ready, and says what it applied.

    \b
    Examples:
      stackctl restart
      stackctl restart dev core
      stackctl restart prod core --in-place
    """
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.restart import restart_in_place

    world = session.world()
    began = world.clock.monotonic()
    target, services = session.target()
    request = UpRequest(services=services, timeout=timeout, restart=True)
    if dry_run:
        return show_plan(session, make_plan(world, target, request, session.environments(), dry_run=True))
    with hold(session, world, target.project, "restart", lock_wait):
        if in_place:
            names = restart_in_place(world, target, services, timeout)
            line = f"{session.style(target.title, BOLD)}: restarted {', '.join(names)}"
            return Result(data={"project": target.project, "restarted": names}, lines=[line])
        plan = make_plan(world, target, request, session.environments())
        return show_result(session, target, carry_out(world, plan, began), restarted=True)
