"""`stackctl images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.stack.durations import human
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session

HEAD = ("service", "wanted", "used", "kind", "size", "age", "missing", "why")


@click.command("images")
@click.option("--images", default="", metavar="auto|registry|local", help="Which images to use (also STACKCTL_IMAGES).")
@click.option("--build", default="", metavar="all|NAME", help="Build local images that are missing or outdated.")
@with_session()
def command(session: Session, images: str, build: str) -> Result:
    """Show which image each service uses, and why; build local ones.

    Local images are made from the recipes in stacks/images, for machines that reach no registry.

    \b
    Examples:
      stackctl images
      stackctl images prod --images local
      stackctl images --build all
      stackctl images --build redis
    """
    from stackctl.lifecycle.images import build_local, image_table

    world = session.world()
    if build:
        built, seconds = build_local(world, session.place().root, build)
        text = f"built {', '.join(built)} in {human(seconds)}" if built else "every local image is there and up to date"
        return Result(data={"built": list(built), "seconds": round(seconds, 1)}, lines=[text])
    target, services = session.target()
    rows = image_table(world, target, services, images)
    cells: list[list[Cell | str]] = [
        [
            f"{row.service} ({row.argument})" if row.argument else row.service,
            row.wanted,
            row.used if row.used != row.wanted else "the same",
            row.kind,
            "" if row.size is None else human_bytes(row.size),
            "" if row.age is None else human(row.age),
            Cell(row.missing, (WARN,)),
            Cell(row.why, (DIM,)),
        ]
        for row in rows
    ]
    data = {"project": target.project, "images": [row.as_dict() for row in rows]}
    return Result(data=data, lines=table(HEAD, cells, session.style, session.width))
