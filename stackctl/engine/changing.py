"""What is done to the engine: the changing half of the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stackctl.engine import complaints
from stackctl.engine.cli import DockerCli
from stackctl.engine.environment import allowed
from stackctl.engine.run import Command, Running
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.door import Compose, Handle, OnLine, Pipe, Recipe


class Changing(DockerCli):
    """Starts, removes, fetches and builds."""

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        """See Engine.up. Its input is closed: it must not be able to ask, nor be told yes by a pipe."""
        argv = ("docker", "compose", "--progress", "plain", *compose.args, "up", "-d", *words)
        command = Command(argv, self.env(compose), compose.directory)
        self.on_command(str(command))

        def masked(line: str) -> None:
            on_line(self.mask(line))

        return Running(command, masked, masked)

    def down(self, project: str) -> None:
        """See Engine.down."""
        from stackctl.engine import whales

        self.on_command(f"docker compose -p {project} down --remove-orphans")
        try:
            whales.down(project, allowed(self.shell), lambda _line: None)
        except whales.WhalesFailed as error:
            raise self.failed(f"removing {project}", error) from None

    def restart(self, compose: Compose, services: Sequence[str]) -> None:
        """See Engine.restart."""
        from stackctl.engine import whales

        self.on_command(" ".join(("docker compose", *compose.args, "restart", *services)))
        try:
            whales.restart(whales.ComposeArgs(compose.project, compose.args), services, self.env(compose))
        except whales.WhalesFailed as error:
            raise self.failed("restarting", error) from None

    def remove_volumes(self, names: Sequence[str]) -> None:
        """See Engine.remove_volumes."""
        outcome = self.run(("volume", "rm", *names))
        if outcome.code != 0:
            raise EngineError(f"volumes could not be removed: {outcome.err.strip()}", "stop what still uses them")

    def pull(self, image: str) -> None:
        """See Engine.pull."""
        from stackctl.engine import whales

        self.on_command(f"docker pull {image}")
        try:
            whales.pull(image, allowed(self.shell))
        except whales.WhalesFailed as error:
            text = self.mask(error.text)
            raise complaints.engine_error(text) or complaints.pull_error(image, text) from None

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        """See Engine.build."""
        from stackctl.engine import whales

        self.on_command(f"docker buildx build -t {recipe.tag} {recipe.context}")
        tail: list[str] = []
        try:
            whales.build_image(recipe, allowed(self.shell), self.tee(tail, on_line))
        except whales.WhalesFailed as error:
            raise self.build_failed(recipe.tag, error, tail) from None

    def build_services(
        self, compose: Compose, services: Sequence[str], on_line: OnLine, arguments: Mapping[str, str] | None = None
    ) -> None:
        """See Engine.build_services."""
        from stackctl.engine import whales

        self.on_command(" ".join(("docker compose", *compose.args, "build", *services)))
        tail: list[str] = []
        args = whales.ComposeArgs(compose.project, compose.args)
        try:
            whales.build_services(args, services, arguments or {}, self.env(compose), self.tee(tail, on_line))
        except whales.WhalesFailed as error:
            raise self.build_failed(", ".join(services), error, tail) from None

    def pipe(self, argv: Sequence[str], *, first: bytes | None = None, more: bool = False) -> Pipe:
        """See Engine.pipe."""
        from stackctl.engine.pipes import DataPipe

        command = Command(("docker", *argv), allowed(self.shell), input=first)
        self.on_command(str(command))
        try:
            return DataPipe(command, self.mask, more=more)
        except FileNotFoundError as error:
            raise EngineError("there is no docker command on the path", "install Docker, or: make engine") from error
