"""`stackctl open`."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import TYPE_CHECKING

import click

from stackctl.cli.enter import service_and_rest
from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.report import print_json
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print the address, open no browser.")
@with_session(words="SERVICE")
def command(session: Session, only_print: bool) -> Result | None:
    """Open the page of a service in the browser, or print its address.

    A service that publishes no port is forwarded to 127.0.0.1 until Ctrl-C. Without a browser the address is printed.

    \b
    Examples:
      stackctl open grafana
      stackctl open prometheus -e prod
    """
    from stackctl.cli.forward import forward
    from stackctl.lifecycle.enter import container_of
    from stackctl.lifecycle.forward import Ports, page_of

    world = session.world()
    target, service, rest = service_and_rest(session, "open")
    if rest:
        raise Misuse(f"one service at a time, not also {', '.join(rest)}", f"write: stackctl open {service}")
    browser = not only_print and not session.output.json and has_browser()
    page = page_of(world, container_of(world, target, service))

    def show(url: str) -> Result:
        if browser:
            webbrowser.open(url)
        return Result(data={"project": target.project, "service": service, "url": url}, lines=[url])

    if page.url:
        return show(page.url)

    def opened(host: str, port: int) -> None:
        result = show(f"{page.scheme}://{host}:{port}{page.path}")
        if session.output.json:
            print_json("open", result, sys.stdout)
        else:
            click.echo(result.lines[0])
            world.events(note(f"{service} does not publish its page: forwarded until Ctrl-C"))
        sys.stdout.flush()

    forward(world, target, service, Ports(page.port, page.port, wanted=False), opened)
    return None


def has_browser() -> bool:
    """Say whether somebody sits at a screen: elsewhere `webbrowser` would start one in the terminal."""
    if not sys.stdout.isatty() or os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
