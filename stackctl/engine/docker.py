"""The real engine: the docker command line and its Compose plugin."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine import complaints
from stackctl.engine.environment import allowed
from stackctl.engine.read import READ_SECONDS, read_json
from stackctl.engine.run import Command, Outcome, Running, run
from stackctl.errors import ConfigError, EngineError

if TYPE_CHECKING:
    from stackctl.engine import whales
    from stackctl.engine.door import Compose, Handle, OnLine, Recipe
    from stackctl.engine.values import Container, EngineFacts, Image, Volume
    from stackctl.mask import Mask

MOST_MISSING = 50  # each costs one `docker compose config`, about 60 ms


class DockerEngine:
    """Speaks to Docker by its command line; all text that comes back passes the mask."""

    def __init__(
        self, shell: Mapping[str, str], mask: Mask, on_command: Callable[[str], None] = lambda _line: None
    ) -> None:
        self._shell = shell
        self._mask = mask
        self._on_command = on_command

    def facts(self) -> EngineFacts:
        """See Engine.facts."""
        from concurrent.futures import ThreadPoolExecutor

        from stackctl.engine.facts import Said, engine_facts

        with ThreadPoolExecutor(5) as pool:  # five CLI starts at once: 100 ms instead of 250
            info = pool.submit(lambda: read_json(self._read, ("info", "--format", "json")))
            version = pool.submit(lambda: read_json(self._read, ("version", "--format", "json")))
            compose = pool.submit(lambda: self._read(("compose", "version", "--short")))
            buildx = pool.submit(lambda: self._read(("buildx", "version")))
            context = pool.submit(self._context)
        said = Said(info.result()[0], version.result()[0], compose.result(), buildx.result())
        name, host = context.result()
        return engine_facts(said, name, self._shell.get("DOCKER_HOST") or host)

    def config(self, compose: Compose) -> dict[str, Any]:
        """See Engine.config."""
        outcome = self._compose(compose, ("config", "--format", "json"))
        if outcome.code != 0:
            raise self._config_error(compose, outcome.err)
        model = json.loads(outcome.out)
        return dict(model)

    def config_text(self, compose: Compose, words: Sequence[str]) -> str:
        """Give what `docker compose config WORDS` prints. Raises ConfigError."""
        outcome = self._compose(compose, ("config", *words))
        if outcome.code != 0:
            raise self._config_error(compose, outcome.err)
        return outcome.out

    def hashes(self, compose: Compose) -> dict[str, str]:
        """See Engine.hashes."""
        rows = (line.split() for line in self.config_text(compose, ("--hash", "*")).splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}

    def missing_variables(self, compose: Compose) -> list[str]:
        """See Engine.missing_variables. Asked one by one: each answer names the next, until Compose is content."""
        missing: list[str] = []
        variables = dict(compose.variables)
        while len(missing) < MOST_MISSING:
            outcome = self._compose(replace(compose, variables=variables), ("config", "--quiet"))
            error = complaints.config_error(self._mask(outcome.err), []) if outcome.code else None
            name = error.subject if isinstance(error, complaints.VariableMissing) else ""
            if not name or name in variables:
                break
            missing.append(name)
            variables[name] = "0"  # a number and a text at once, so that types do not stop the search
        return sorted(missing)

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        """See Engine.containers."""
        from stackctl.engine import values

        wanted = f"{values.PROJECT_LABEL}={project}" if project else values.PROJECT_LABEL
        row = f'{{{{.ID}}}} {{{{.Label "{values.WORKING_DIR_LABEL}"}}}}'
        rows = self._answer(("ps", "-a", "--no-trunc", "--filter", f"label={wanted}", "--format", row))
        pairs = [line.partition(" ") for line in rows.splitlines()]
        ids = [key for key, _space, folder in pairs if below is None or Path(folder).is_relative_to(below)]
        if not ids:
            return []
        found = read_json(self._read, ("inspect", "--type", "container", *ids), partial=True)
        containers = [values.container(raw) for raw in found]
        regular = [item for item in containers if item.labels.get(values.ONEOFF_LABEL, "False") != "True"]
        return sorted(regular, key=lambda item: (item.project, item.service, item.number))

    def images(self, names: Collection[str]) -> dict[str, Image]:
        """See Engine.images."""
        from stackctl.engine import values

        ordered = sorted(set(names))
        if not ordered:
            return {}
        found = read_json(self._read, ("image", "inspect", *ordered), partial=True)
        if len(found) == len(ordered):
            return {name: values.image(raw) for name, raw in zip(ordered, found, strict=True)}
        images: dict[str, Image] = {}
        for raw in found:
            item = values.image(raw)
            images |= {name: item for name in ordered if _names(name, item, raw)}
        return images

    def volumes(self, project: str) -> list[Volume]:
        """See Engine.volumes."""
        names = self.volume_names(project)
        if not names:
            return []
        found = read_json(self._read, ("volume", "inspect", *names), partial=True)
        key = "com.docker.compose.volume"
        return [
            Volume(raw["Name"], str((raw.get("Labels") or {}).get(key, "")), raw["Driver"], raw.get("Labels") or {})
            for raw in found
        ]

    def volume_names(self, project: str) -> list[str]:
        """See Engine.volume_names."""
        from stackctl.engine import values

        wanted = f"label={values.PROJECT_LABEL}={project}"
        return self._words(("volume", "ls", "-q", "--filter", wanted))

    def networks(self, project: str) -> list[str]:
        """See Engine.networks."""
        from stackctl.engine import values

        wanted = f"label={values.PROJECT_LABEL}={project}"
        return self._words(("network", "ls", "--format", "{{.Name}}", "--filter", wanted))

    def volume_sizes(self, names: Collection[str]) -> dict[str, int]:
        """See Engine.volume_sizes. The engine walks every volume for this: seconds on a large machine."""
        found = read_json(self._read, ("system", "df", "-v", "--format", "json"))
        rows = found[0].get("Volumes") or [] if found else []
        return {row["Name"]: _bytes(row.get("Size", "")) for row in rows if row["Name"] in names}

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        """See Engine.up. Its input is closed: it must not be able to ask, nor be told yes by a pipe."""
        argv = ("docker", "compose", "--progress", "plain", *compose.args, "up", "-d", *words)
        command = Command(argv, self._env(compose), compose.directory)
        self._on_command(str(command))

        def masked(line: str) -> None:
            on_line(self._mask(line))

        return Running(command, masked, masked)

    def down(self, project: str) -> None:
        """See Engine.down."""
        from stackctl.engine import whales

        self._on_command(f"docker compose -p {project} down --remove-orphans")
        try:
            whales.down(project, allowed(self._shell), lambda _line: None)
        except whales.WhalesFailed as error:
            raise self._failed(f"removing {project}", error) from None

    def restart(self, compose: Compose, services: Sequence[str]) -> None:
        """See Engine.restart."""
        from stackctl.engine import whales

        self._on_command(" ".join(("docker compose", *compose.args, "restart", *services)))
        try:
            whales.restart(whales.ComposeArgs(compose.project, compose.args), services, self._env(compose))
        except whales.WhalesFailed as error:
            raise self._failed("restarting", error) from None

    def remove_volumes(self, names: Sequence[str]) -> None:
        """See Engine.remove_volumes."""
        outcome = self.run(("volume", "rm", *names))
        if outcome.code != 0:
            raise EngineError(f"volumes could not be removed: {outcome.err.strip()}", "stop what still uses them")

    def pull(self, image: str) -> None:
        """See Engine.pull."""
        from stackctl.engine import whales

        self._on_command(f"docker pull {image}")
        try:
            whales.pull(image, allowed(self._shell))
        except whales.WhalesFailed as error:
            text = self._mask(error.text)
            raise complaints.engine_error(text) or complaints.pull_error(image, text) from None

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        """See Engine.build."""
        from stackctl.engine import whales

        self._on_command(f"docker buildx build -t {recipe.tag} {recipe.context}")
        tail: list[str] = []
        try:
            whales.build_image(recipe, allowed(self._shell), self._tee(tail, on_line))
        except whales.WhalesFailed as error:
            raise self._build_failed(recipe.tag, error, tail) from None

    def build_services(
        self, compose: Compose, services: Sequence[str], on_line: OnLine, arguments: Mapping[str, str] | None = None
    ) -> None:
        """See Engine.build_services."""
        from stackctl.engine import whales

        self._on_command(" ".join(("docker compose", *compose.args, "build", *services)))
        tail: list[str] = []
        args = whales.ComposeArgs(compose.project, compose.args)
        try:
            whales.build_services(args, services, arguments or {}, self._env(compose), self._tee(tail, on_line))
        except whales.WhalesFailed as error:
            raise self._build_failed(", ".join(services), error, tail) from None

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        """See Engine.run."""
        command = Command(("docker", *argv), allowed(self._shell), input=input_data)
        self._on_command(str(command))
        return self._masked(self._start(command, timeout))

    def _read(self, words: Sequence[str]) -> Outcome:
        command = Command(("docker", *words), allowed(self._shell))
        self._on_command(str(command))
        return self._start(command, READ_SECONDS)

    def _words(self, words: Sequence[str]) -> list[str]:
        return self._answer(words).split()

    def _answer(self, words: Sequence[str]) -> str:
        """Give what a reading command prints. An empty answer of an engine that is away would look like "nothing"."""
        outcome = self._read(words)
        if outcome.code != 0:
            said = self._mask(outcome.err)
            raise complaints.engine_error(said) or EngineError(f"docker {words[0]} failed: {said.strip()}")
        return outcome.out

    def _compose(self, compose: Compose, words: Sequence[str]) -> Outcome:
        command = Command(("docker", "compose", *compose.args, *words), self._env(compose), compose.directory)
        self._on_command(str(command))
        return self._start(command, READ_SECONDS)

    def _start(self, command: Command, timeout: float | None) -> Outcome:
        try:
            return run(command, timeout)
        except FileNotFoundError as error:
            if command.cwd is not None and not command.cwd.is_dir():
                raise ConfigError(f"{command.cwd} does not exist") from error
            raise EngineError(
                "there is no docker command on the path",
                "install Docker (docs.docker.com/engine/install), or: make engine",
            ) from error
        except TimeoutError as error:
            raise EngineError(
                f"the Docker engine took longer than {timeout:.0f} s to answer", "look at it: stackctl doctor"
            ) from error

    def _env(self, compose: Compose) -> dict[str, str]:
        return {**allowed(self._shell), **compose.variables}

    def _context(self) -> tuple[str, str]:
        """Give the name of the context in use and its endpoint: an ssh or tcp one is another machine's engine."""
        said = self._read(("context", "inspect", "--format", "{{.Name}} {{.Endpoints.docker.Host}}")).out.split()
        return (said[0], said[1]) if len(said) == 2 else ("default", "")

    def _masked(self, outcome: Outcome) -> Outcome:
        return Outcome(outcome.code, self._mask(outcome.out), self._mask(outcome.err), outcome.seconds)

    def _tee(self, tail: list[str], on_line: OnLine) -> OnLine:
        def tee(line: str) -> None:
            text = self._mask(line)
            tail.append(text)
            del tail[:-200]
            on_line(text)

        return tee

    def _failed(self, doing: str, error: whales.WhalesFailed) -> EngineError:
        text = self._mask(error.text).strip()
        return complaints.engine_error(text) or EngineError(f"{doing} failed: {text.splitlines()[-1] if text else ''}")

    def _build_failed(self, subject: str, error: whales.WhalesFailed, tail: Sequence[str]) -> Exception:
        text = "".join(tail) + self._mask(error.text)
        return complaints.engine_error(text) or complaints.build_error(subject, text)

    def _config_error(self, compose: Compose, text: str) -> Exception:
        masked = self._mask(text)
        if "contexts/meta/" in masked:  # Compose names the file that it looked for, not the context
            name = self._shell.get("DOCKER_CONTEXT", "")
            return EngineError(f"the Docker context {name} does not exist".replace("  ", " "), "see: docker context ls")
        if "plugin" in masked or "is not a docker command" in masked or "unknown shorthand flag" in masked:
            return EngineError("Docker has no Compose plugin", "install docker-compose-plugin, or: make engine")
        return complaints.config_error(
            masked, [Path(word) for before, word in zip(compose.args, compose.args[1:], strict=False) if before == "-f"]
        )


def _names(name: str, item: Image, raw: Mapping[str, Any]) -> bool:
    full = name if ":" in name.rsplit("/", 1)[-1] or "@" in name else f"{name}:latest"
    return full in item.tags or name == item.id or any(name == digest for digest in raw.get("RepoDigests") or ())


def _bytes(text: str) -> int:
    units = {"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "B": 1}
    for unit, factor in units.items():
        if text.endswith(unit):
            try:
                return int(float(text.removesuffix(unit)) * factor)
            except ValueError:
                return 0
    return 0
