"""From flags to the doors: how to print, where we are, what the target is."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.output import Output
from stackctl.mask import Mask
from stackctl.ui.progress import Progress, progress_for
from stackctl.ui.style import Style, style_for, width_of
from stackctl.workspace.clock import SystemClock
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.find import Place, default_stack, environments, find_place, find_target, split_words
from stackctl.workspace.target import Target, Wish

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.events import Event


@dataclass
class Session:
    """One run of the command line."""

    output: Output
    wish: Wish
    words: tuple[str, ...]
    here: Path
    shell: dict[str, str]
    mask: Mask
    progress: Progress
    style: Style = field(default_factory=lambda: style_for(sys.stdout, os.environ))

    @property
    def width(self) -> int:
        """Give the terminal's width, 0 for a pipe."""
        return width_of(sys.stdout)

    def place(self) -> Place:
        """Give the workspace or plain project. Raises ConfigError where there is none."""
        if self.wish.files:
            return Place((self.here / self.wish.files[0]).absolute().parent, plain=True)
        return find_place(self.here)

    def folder(self) -> Path:
        """Give the folder that a command without ENV is about: the workspace, or that of the stack that -s names.

        Raises Misuse for a wrong name.
        """
        place = self.place()
        if place.plain or not self.wish.stack:
            return place.root
        return place.root / "stacks" / default_stack(place, self.wish, self.shell).value

    def target(self) -> tuple[Target, tuple[str, ...]]:
        """Give the target and the words that name services. Raises Misuse, ConfigError."""
        place = self.place()
        stack = "" if place.plain else default_stack(place, self.wish, self.shell).value
        known = environments(place, stack)
        env, services = split_words(self.words, known, self.wish)
        target = find_target(place, replace(self.wish, env=env), self.shell)
        return target, services

    def environments(self) -> list[str]:
        """Give the names of the environments here."""
        place = self.place()
        return environments(place, "" if place.plain else default_stack(place, self.wish, self.shell).value)

    def _tell(self, event: Event) -> None:
        # A probe or an engine prints what it likes, secrets too.
        self.progress(replace(event, text=self.mask(event.text)))

    def world(self) -> World:
        """Give the doors. Docker code is imported here and not before: `--help` and completion never need it."""
        from stackctl.doctor.host import SystemHost
        from stackctl.engine.docker import DockerEngine
        from stackctl.lifecycle.world import World
        from stackctl.secrets.entropy import SystemEntropy

        def shown(line: str) -> None:
            if self.output.verbose:
                click.echo(f"$ {self.mask(line)}", err=True)

        engine = DockerEngine(self.shell, self.mask, shown)
        return World(
            engine=engine,
            files=DiskFiles(),
            clock=SystemClock(),
            host=SystemHost(),
            entropy=SystemEntropy(),
            shell=self.shell,
            mask=self.mask,
            events=self._tell,
        )


_current: list[Session] = []


def open_session(flags: dict[str, Any], early: dict[str, Any] | None, words: tuple[str, ...]) -> Session:
    """Build the session from a command's flags and those given before the command."""
    before = early or {}
    output = Output(
        json=bool(flags.get("json")),
        stream=bool(flags.get("stream")),
        quiet=bool(flags.get("quiet")),
        verbose=bool(flags.get("verbose")),
        yes=bool(flags.get("yes")),
    )
    wish = Wish(
        stack=flags.get("stack") or before.get("stack", ""),
        env=flags.get("env") or "",
        instance=flags.get("instance") or os.environ.get("STACKCTL_INSTANCE", ""),
        project=flags.get("project_name") or before.get("project_name", ""),
        files=tuple(Path(path) for path in (*before.get("files", ()), *flags.get("files", ()))),
        profiles=(*before.get("profiles", ()), *flags.get("profiles", ())),
        local=not flags.get("no_local"),
    )
    progress = progress_for(
        sys.stderr,
        style_for(sys.stderr, os.environ),
        json_stream=output.json and output.stream,
        quiet=output.quiet or (output.json and not output.stream),
        plain=output.verbose or bool(os.environ.get("CI")),
    )
    session = Session(output, wish, words, Path.cwd(), dict(os.environ), Mask(), progress)
    _current[:] = [session]
    return session


def session_now() -> Session | None:
    """Give the running command's session; None before it has one."""
    return _current[0] if _current else None


def forget_session() -> None:
    """Start anew (tests run several command lines in one process)."""
    _current.clear()
