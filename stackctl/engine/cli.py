"""Speaking to the docker command line: one place that runs it, with its environment, its mask and its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.engine import complaints
from stackctl.engine.environment import allowed
from stackctl.engine.plugin import LONG_WAY, model_reader
from stackctl.engine.read import READ_SECONDS
from stackctl.engine.run import Command, Outcome, Running, run
from stackctl.errors import ConfigError, EngineError, StackctlError

if TYPE_CHECKING:
    from stackctl.engine import whales
    from stackctl.engine.door import Compose, OnLine
    from stackctl.mask import Mask


class DockerCli:
    """The docker command line; all text for people that comes back passes the mask."""

    def __init__(
        self, shell: Mapping[str, str], mask: Mask, on_command: Callable[[str], None] = lambda _line: None
    ) -> None:
        self.shell = shell
        self.mask = mask
        self.on_command = on_command

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        """See Engine.run."""
        command = Command(("docker", *argv), allowed(self.shell), input=input_data)
        self.on_command(str(command))
        return self._masked(self._start(command, timeout))

    def read(self, words: Sequence[str]) -> Outcome:
        """Run a reading `docker WORDS`; its text is not masked, it is data."""
        command = Command(("docker", *words), allowed(self.shell))
        self.on_command(str(command))
        return self._start(command, READ_SECONDS)

    def follow(self, words: Sequence[str], on_line: OnLine) -> Running:
        """Start a reading `docker WORDS` that goes on; its lines are data, unmasked; complaints are dropped."""
        command = Command(("docker", *words), allowed(self.shell))
        self.on_command(str(command))
        try:
            return Running(command, on_line, lambda _line: None)
        except FileNotFoundError as error:
            raise _missing(command) from error

    def words(self, words: Sequence[str]) -> list[str]:
        """Give the words that a reading command prints. Raises EngineError."""
        return self.answer(words).split()

    def answer(self, words: Sequence[str]) -> str:
        """Give what a reading command prints. An empty answer of an engine that is away would look like "nothing"."""
        outcome = self.read(words)
        if outcome.code != 0:
            said = self.mask(outcome.err)
            raise complaints.engine_error(said) or EngineError(f"docker {words[0]} failed: {said.strip()}")
        return outcome.out

    def compose(
        self, compose: Compose, words: Sequence[str], given: bytes | None = None, timeout: float = READ_SECONDS
    ) -> Outcome:
        """Run a reading `docker compose … WORDS` for a project; `config` takes the short way, see engine.plugin.

        Raises ConfigError where `config`, which asks no engine, takes longer than `timeout` seconds.
        """
        env = self.env(compose)
        command = Command((*LONG_WAY, *compose.args, *words), env, compose.directory, input=given)
        self.on_command(str(command))
        start = model_reader(env) if words[0] == "config" else LONG_WAY
        command = replace(command, argv=(*start, *compose.args, *words))
        return self._start(command, timeout, _slow(timeout) if words[0] == "config" else None)

    def env(self, compose: Compose) -> dict[str, str]:
        """Give the variables that a command about this project gets."""
        return {**allowed(self.shell), **compose.variables}

    def tee(self, tail: list[str], on_line: OnLine) -> OnLine:
        """Give a function that masks lines, keeps the last 200 and passes them on."""

        def tee(line: str) -> None:
            text = self.mask(line)
            tail.append(text)
            del tail[:-200]
            on_line(text)

        return tee

    def failed(self, doing: str, error: whales.WhalesFailed) -> EngineError:
        """Give the error of a changing command, in the engine's own last line."""
        text = self.mask(error.text).strip()
        return complaints.engine_error(text) or EngineError(f"{doing} failed: {text.splitlines()[-1] if text else ''}")

    def build_failed(self, subject: str, error: whales.WhalesFailed, tail: Sequence[str]) -> Exception:
        """Give the error of a build, from its last lines."""
        text = "".join(tail) + self.mask(error.text)
        return complaints.engine_error(text) or complaints.build_error(subject, text)

    def config_error(self, compose: Compose, text: str) -> Exception:
        """Give the error for a model that Compose rejects."""
        masked = self.mask(text)
        if "contexts/meta/" in masked:  # Compose names the file that it looked for, not the context
            name = self.shell.get("DOCKER_CONTEXT", "")
            return EngineError(f"the Docker context {name} does not exist".replace("  ", " "), "see: docker context ls")
        if "plugin" in masked or "is not a docker command" in masked or "unknown shorthand flag" in masked:
            return EngineError("Docker has no Compose plugin", "install docker-compose-plugin, or: make engine")
        return complaints.config_error(
            masked, [Path(word) for before, word in zip(compose.args, compose.args[1:], strict=False) if before == "-f"]
        )

    def _masked(self, outcome: Outcome) -> Outcome:
        return Outcome(outcome.code, self.mask(outcome.out), self.mask(outcome.err), outcome.seconds)

    def _start(self, command: Command, timeout: float | None, late: StackctlError | None = None) -> Outcome:
        try:
            return run(command, timeout)
        except FileNotFoundError as error:
            raise _missing(command) from error
        except TimeoutError as error:
            raise late or EngineError(
                f"the Docker engine took longer than {timeout:.0f} s to answer", "look at it: stackctl doctor"
            ) from error


def _slow(timeout: float) -> ConfigError:
    # Its time grows with the square of an env file's entries: a quarter of a million took more than five minutes.
    return ConfigError(
        f"Compose took longer than {timeout:.0f} s to read the project's files",
        "an env file or a Compose file is very large: keep such data in files of their own",
        code="compose-slow",
    )


def _missing(command: Command) -> StackctlError:
    if command.cwd is not None and not command.cwd.is_dir():
        return ConfigError(f"{command.cwd} does not exist")
    return EngineError(
        "there is no docker command on the path", "install Docker (docs.docker.com/engine/install), or: make engine"
    )
