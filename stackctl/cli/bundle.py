"""`stackctl bundle`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import ConfigError, Misuse, Refused
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, WARN
from stackctl.ui.table import Cell, table
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.bundle.make import Made
    from stackctl.bundle.manifest import Manifest
    from stackctl.bundle.subject import Failure, Subject
    from stackctl.cli.session import Session


@click.command("bundle")
@click.option("-o", "--output", type=click.Path(), default="", help="The file; default: stackctl-PROJECT-TIME.tar.zst.")
@click.option("--dry-run", is_flag=True, help="Say what would be in it and write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Replace an existing file.")
@with_session(words="[ENV]")
def command(session: Session, output: str, dry_run: bool) -> Result:
    """Write one file that explains a failure, without secrets, to send to somebody.

    It holds the merged configuration, versions, states, health checks, events, the last log lines, the verdict and what
    it was made of, the timeline, drift by digest, and what is wrong with the machine. Values of secrets are taken out
    of every file; one that cannot be cleaned is left out. What cannot be had is named: it works while the engine is
    down and while the files are broken. `stackctl why --bundle FILE` judges it again, anywhere.

    \b
    Examples:
      stackctl bundle
      stackctl bundle prod -o trouble.tar.zst
      stackctl why --bundle trouble.tar.zst
    """
    from stackctl.bundle.make import make

    subject = subject_of(session)
    path = _path(session, subject, output)
    if path.is_dir():
        raise Misuse(f"{path} is a folder", "name a file in it")
    if path.exists() and not (session.output.yes or dry_run):
        raise Refused(f"{path} exists already", "choose another name, or replace it: --yes", code="exists")
    subject.world.events(note("collecting: configuration, states, logs, checks"))
    made = make(subject)
    session.progress.close()
    lines = contents(session, made)
    if sys.stdout.isatty() and not (session.output.json or session.output.quiet):
        # Before it is written: a person can still stop it.
        click.echo("\n".join(lines))
        lines = []
    if not dry_run:
        subject.world.files.write(path, made.data)
    verb = "would be" if dry_run else "is"
    lines.append(f"{session.style(str(path), BOLD)} {verb} written ({human_bytes(len(made.data))})")
    lines.append(f"look at it first: tar --zstd -xOf {path} manifest.json")
    return Result(data={"file": str(path), "written": not dry_run, **_data(made)}, lines=lines)


def subject_of(session: Session, failure: Failure | None = None) -> Subject:
    """Give what a bundle of this command line is about. Raises Misuse, and ConfigError where there is no project."""
    from stackctl.bundle.subject import Subject

    world = session.world()
    place = session.place()
    try:
        target, services = session.target()
    except ConfigError as error:  # files that cannot be read are a reason for a bundle
        return Subject(world, place, None, error, failure)
    if services and failure is None:
        raise Misuse(f"bundle takes an environment and no service: {services[0]}", "write: stackctl bundle dev")
    return Subject(world, place, target, None, failure)


def contents(session: Session, made: Made) -> list[str]:
    """Give what is in a bundle as lines: each file with what was hidden, what is missing and why, what to know."""
    manifest, style = made.manifest, session.style
    rows: list[list[Cell | str]] = [
        [item.name, human_bytes(item.bytes), Cell(_redacted(item.redacted), (WARN,)), Cell(item.about, (DIM,))]
        for item in manifest.files
    ]
    lines = table(("file", "size", "hidden", "what it is"), rows, style, session.width)
    lines += [f"{style('!', WARN)} {item.name} is missing: {item.why.message}" for item in manifest.missing]
    return [*lines, *manifest.notes]


def hidden_in(manifest: Manifest) -> int:
    """Give how many places of a bundle are hidden."""
    return sum(sum(item.redacted.values()) for item in manifest.files)


def _redacted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _path(session: Session, subject: Subject, output: str) -> Path:
    if output:
        return Path(output)
    project = subject.target.project if subject.target else "broken"
    return session.here / f"stackctl-{project}-{subject.world.clock.now():%Y%m%dT%H%M%SZ}.tar.zst"


def _data(made: Made) -> dict[str, object]:
    facts = made.manifest.as_dict()
    kept = ("project", "environment", "made", "files", "missing", "notes")
    return {"bytes": len(made.data), "hidden": hidden_in(made.manifest), **{key: facts[key] for key in kept}}
