"""The door to Docker: what the rooms may ask of an engine. Tests pass a fake; `engine.docker.DockerEngine` is real."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.address import EngineAddress
    from stackctl.engine.events import EngineEvent
    from stackctl.engine.logstream import LogQuery, RawLine
    from stackctl.engine.run import Outcome
    from stackctl.engine.values import Container, EngineFacts, Image, Volume

OnLine = Callable[[str], None]
OnEvent = Callable[["EngineEvent"], None]


@dataclass(frozen=True)
class Compose:
    """A Compose project to speak about.

    `args` stand between `docker compose` and the verb, `variables` are the shell's variables that its files name.
    """

    project: str
    args: tuple[str, ...]
    directory: Path
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Recipe:
    """An image to build: folder, tag, labels, and the host's certificate bundle for the build secret `ca`.

    `dockerfile` where it does not lie in the folder.
    """

    context: Path
    tag: str
    labels: Mapping[str, str]
    ca: Path | None = None
    dockerfile: Path | None = None


class Handle(Protocol):
    """A started docker command that goes on: `docker compose up`, `docker events`."""

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        ...

    def stop(self) -> None:
        """End it and its children."""
        ...


@dataclass(frozen=True)
class Launch:
    """What a container was started with. It may hold secrets."""

    variables: Mapping[str, str] = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


class Pipe(Protocol):
    """A started process with bytes in its pipes, see engine.pipes."""

    def read(self, size: int = ...) -> bytes:
        """Give the next bytes of the output, nothing at its end."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes; one that has stopped reading is no error, its exit code says why."""
        ...

    def end_input(self) -> None:
        """Close the input."""
        ...

    def wait(self) -> int:
        """Give the exit code."""
        ...

    def said(self) -> str:
        """Give the end of its error output, masked."""
        ...

    def stop(self) -> None:
        """End it at once."""
        ...


class LogReader(Protocol):
    """The log of one container. `take` never blocks; wait on `fileno`."""

    @property
    def ended(self) -> bool:
        """Say whether no more will come."""
        ...

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        ...

    def take(self) -> list[RawLine]:
        """Give the lines that have come since. Raises ApiRefused."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...


class Engine(Protocol):
    """What the rooms may ask. Every method raises EngineError where the engine does not answer."""

    def facts(self) -> EngineFacts:
        """Give version, features and size of the engine."""
        ...

    def address(self) -> EngineAddress:
        """Give which engine this is and what this machine reaches of it; no engine has to answer for that."""
        ...

    def compose_stamp(self) -> str:
        """Give a text that stays the same while the same Compose is installed; empty where nobody can tell."""
        ...

    def config(self, compose: Compose) -> dict[str, Any]:
        """Give the merged model as Compose prints it. Works without the engine. Raises ConfigError."""
        ...

    def config_text(self, compose: Compose, words: Sequence[str]) -> str:
        """Give what `docker compose config WORDS` prints. Raises ConfigError."""
        ...

    def hashes(self, compose: Compose) -> dict[str, str]:
        """Give Compose's own digest of each service, as it stands in a container's label. Raises ConfigError."""
        ...

    def missing_variables(self, compose: Compose) -> list[str]:
        """Give every variable that the files require and nobody sets; Compose itself names only the first."""
        ...

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        """Give every container of a project, whatever its profile or state; all Compose projects for an empty name.

        `below` keeps those whose Compose files lie in this folder or under it.
        """
        ...

    def inspect(self, ids: Collection[str]) -> list[Container]:
        """Give the containers with these ids, without those that are gone: one look less than `containers`."""
        ...

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        """Follow what happens to a project's containers, from just before `since`.

        Each event reaches `on_event`, in a thread of the stream. The stream may end at any time; the caller ends it.
        """
        ...

    def helper(self, network: str, arguments: Sequence[str], on_line: OnLine) -> Handle:
        """Start a container in a network that asks a service again and again, see engine.helper; the caller ends it."""
        ...

    def images(self, names: Collection[str]) -> dict[str, Image]:
        """Give the local images among these names."""
        ...

    def volumes(self, project: str) -> list[Volume]:
        """Give the named volumes of a project."""
        ...

    def volume_names(self, project: str) -> list[str]:
        """Give the names alone: one look less."""
        ...

    def networks(self, project: str) -> list[str]:
        """Give the names of a project's networks."""
        ...

    def volume_sizes(self, names: Collection[str]) -> dict[str, int]:
        """Give the size in bytes of these volumes, as far as the engine knows it."""
        ...

    def logs(self, container: str, query: LogQuery) -> LogReader:
        """Begin to read a container's log: lines with stamp and stream, as `docker logs -t` has them."""
        ...

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        """Start `docker compose up -d WORDS` and give the handle; its text reaches `on_line`, masked."""
        ...

    def down(self, project: str) -> None:
        """Remove containers and networks of a project; volumes stay."""
        ...

    def restart(self, compose: Compose, services: Sequence[str]) -> None:
        """Restart in place, as Compose does."""
        ...

    def remove_volumes(self, names: Sequence[str]) -> None:
        """Remove volumes."""
        ...

    def pull(self, image: str) -> None:
        """Fetch an image. Raises StartError with the registry's reason."""
        ...

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        """Build a recipe folder into its tag; progress reaches `on_line`. Raises StartError with the reason."""
        ...

    def build_services(
        self, compose: Compose, services: Sequence[str], on_line: OnLine, arguments: Mapping[str, str] | None = None
    ) -> None:
        """Build services of a project; `arguments` are build arguments beside those of the files.

        Raises StartError with the tail of the build.
        """
        ...

    def read(self, words: Sequence[str]) -> Outcome:
        """Run a reading `docker WORDS` and give its outcome as it is: data to look into, never to print."""
        ...

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        """Run `docker ARGV` to its end and give the outcome, its text masked."""
        ...

    def pipe(self, argv: Sequence[str], *, first: bytes | None = None, more: bool = False) -> Pipe:
        """Start `docker ARGV` with bytes in its pipes: `first` is sent first; `more` keeps the input open."""
        ...

    def launch(self, container: str) -> Launch:
        """Give the environment and the words that a container was started with, secrets included: never to be shown."""
        ...
