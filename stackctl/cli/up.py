"""`stackctl up`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.failure_bundle import bundle_on_failure
from stackctl.cli.lock import hold, is_half
from stackctl.cli.options import Duration, change_options, with_session
from stackctl.cli.seeding import fill_stores, note_first_starts, with_filled
from stackctl.cli.start import carry_out, make_plan, show_plan, show_result
from stackctl.errors import Misuse
from stackctl.workspace.home import first_run_file

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.doctor.ports import PortClash
    from stackctl.lifecycle.world import World
    from stackctl.onboard.first_run import Progress
    from stackctl.ui.envelope import Result
    from stackctl.workspace.target import Target


FORKING = ("fork_from", "new_secrets", "no_quiesce")


@click.command("up")
@click.option("--without", multiple=True, metavar="SERVICE", help="Start everything but this service.")
@click.option("--images", default="", metavar="auto|registry|local", help="Which images to use (also STACKCTL_IMAGES).")
@click.option("--build/--no-build", default=None, help="Build again, or not at all; default: what changed.")
@click.option("--auto-ports", is_flag=True, help="Where a host port is taken, use the next free one.")
@click.option("--reset-ports", is_flag=True, help="Forget ports that were moved.")
@click.option(
    "--timeout", type=Duration(), default=None, help="How long to wait until all is ready, such as 90s or 5m."
)
@click.option("--no-fast-probes", is_flag=True, help="Leave health checks as they are while services start.")
@click.option("--stream", is_flag=True, help="With --json: one JSON object per event, the envelope last.")
@click.option("--force-recreate", is_flag=True, help="Recreate containers even where nothing changed.")
@click.option("--no-deps", is_flag=True, help="Leave the services alone that the named ones need.")
@click.option(
    "--pull",
    is_flag=False,
    flag_value="always",
    default="missing",
    type=click.Choice(["always", "missing"]),
    help="Fetch images again, as in Compose.",
)
@click.option("--remove-orphans", is_flag=True, help="Remove containers of services that the files no longer have.")
@click.option("--scale", multiple=True, metavar="SERVICE=N", help="How many containers of a service.")
@click.option("-d", "--detach", is_flag=True, hidden=True, help="Accepted as in Compose; always so.")
@click.option("--wait/--no-wait", default=True, help="Wait until every service is ready, or only start; default: wait.")
@click.option(
    "--accept-credentials",
    is_flag=True,
    help="The services know their changed passwords already: start over data that was made with others.",
)
@click.option(
    "--fork-from",
    default="",
    metavar="ENV[/INSTANCE]",
    help="Make the instance new, with a copy of the data and secrets of this one, which goes on running.",
)
@click.option("--new-secrets", is_flag=True, help="With --fork-from: give the copy secrets and logins of its own.")
@click.option("--no-quiesce", is_flag=True, help="With --fork-from: hold nothing still; copy by a backup instead.")
@click.option(
    "--verify/--no-verify",
    default=None,
    help="Then prove that it works, as `stackctl verify` does; default: at the first start, where somebody looks on.",
)
@change_options
@with_session()
@bundle_on_failure("up")
def command(session: Session, lock_wait: float, dry_run: bool, **flags: Any) -> Result:
    """Start an environment and wait until every service is ready.

    The first start makes the env file and the secrets, step by step; where a step fails, the next `up` goes on with it.
    Nothing is started when a check before the start finds an error: a taken port, a missing file or variable, a full
    disk. A start with nothing to do is one line and quick.

    \b
    Examples:
      stackctl up dev
      stackctl up prod --dry-run
      stackctl up dev core --without grafana
      stackctl up --images local --json
      stackctl up dev --instance review --fork-from dev
    """
    from stackctl.lifecycle.glance import glance
    from stackctl.lifecycle.request import UpRequest, never

    world = session.world()
    began = world.clock.monotonic()
    target, services = session.target()
    request = UpRequest(
        services=services,
        without=tuple(flags["without"]),
        images=flags["images"],
        build=flags["build"],
        pull=flags["pull"] == "always",
        force_recreate=flags["force_recreate"],
        no_deps=flags["no_deps"],
        remove_orphans=flags["remove_orphans"],
        scale=_scale(flags["scale"]),
        auto_ports=flags["auto_ports"],
        reset_ports=flags["reset_ports"],
        ask_port=_ask_port if session.output.interactive and not dry_run else never,
        timeout=flags["timeout"],
        wait=flags["wait"],
        fast_probes=not flags["no_fast_probes"],
        accept_credentials=flags["accept_credentials"],
    )
    environments = session.environments()
    forked = None
    if any(flags[name] for name in FORKING) or is_half(session, target.project):
        from stackctl.cli.fork import asked_for, fork

        asked = asked_for(world, target, flags, lock_wait, dry_run)
        if asked:
            forked = fork(session, world, target, asked, request)
        if forked and dry_run:
            return forked.dry_run(session)
    if dry_run:
        return show_plan(session, make_plan(world, target, request, environments, dry_run=True))
    with hold(session, world, target.project, "up", lock_wait):
        seen = glance(world, target, request, began)
        before = None if forked else _first_run(world, target, unchanged=seen.result is not None)
        if before is not None:
            from stackctl.cli.guided import Start, guide_of, lead

            start = Start(world, target, request, environments, seen, began)
            guided = lead(session, start, guide_of(session, start, before, verify=flags["verify"]))
        else:
            result = seen.result
            if result is None:
                plan = make_plan(world, target, request, environments, seen.containers)
                note_first_starts(world, plan)
                result = carry_out(world, plan, began)
            filled, findings = fill_stores(session, world, target) if request.wait else ([], [])
            shown = with_filled(show_result(session, target, result), filled, findings)
    if before is not None:
        from stackctl.cli.guided import end

        return end(session, guided)
    if forked:
        shown = forked.started(world, shown)
    if not flags["verify"]:
        return shown
    from stackctl.cli.verify import joined
    from stackctl.verify.verify import verify

    return joined(session, target.title, shown, verify(world, target))


def _first_run(world: World, target: Target, *, unchanged: bool) -> Progress | None:
    """Give how far the first start here has come, None for an everyday one; unchanged, that is the look at one file."""
    if unchanged and not first_run_file(target.root, target.main_project).exists():
        return None
    from stackctl.onboard.first_run import first_run

    return first_run(world, target, unchanged=unchanged)


def _scale(words: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        name, _equals, number = word.partition("=")
        if not number.isdigit():
            raise Misuse(f"“--scale {word}” is not understood", "write for example --scale core=2")
        found[name] = int(number)
    return found


def _ask_port(clash: PortClash, free: int) -> bool:
    click.echo(clash.finding().message, err=True)
    return click.confirm(f"use port {free} instead?", default=True, err=True)
