"""What the engine has: the reading half of the door, through the docker command line's JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.engine import complaints
from stackctl.engine.cli import DockerCli
from stackctl.engine.environment import allowed
from stackctl.engine.read import read_json

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.address import EngineAddress
    from stackctl.engine.door import Compose, Handle, Launch, OnEvent, OnLine
    from stackctl.engine.values import Container, EngineFacts, Image, Volume

MOST_MISSING = 50  # each costs one `docker compose config`, about 60 ms


class Reading(DockerCli):
    """Reads, changes nothing."""

    def facts(self) -> EngineFacts:
        """See Engine.facts."""
        from concurrent.futures import ThreadPoolExecutor

        from stackctl.engine.facts import Said, engine_facts

        with ThreadPoolExecutor(2) as pool:
            info = pool.submit(lambda: read_json(self.read, ("info", "--format", "json")))
            version = pool.submit(lambda: read_json(self.read, ("version", "--format", "json")))
            address = self.address()
        return engine_facts(Said(info.result()[0], version.result()[0]), address)

    def address(self) -> EngineAddress:
        """See Engine.address."""
        import platform

        from stackctl.engine.address import EngineAddress, plain_address

        system = platform.system()
        plain = plain_address(self.shell, system)
        if plain is not None:
            return plain
        said = self.read(("context", "inspect", "--format", "{{.Name}} {{.Endpoints.docker.Host}}")).out.split()
        return EngineAddress(said[0], said[1], system) if len(said) == 2 else EngineAddress("default", "", system)

    def compose_stamp(self) -> str:
        """See Engine.compose_stamp."""
        from stackctl.engine.plugin import plugin_stamp

        return plugin_stamp(allowed(self.shell))

    def config(self, compose: Compose) -> dict[str, Any]:
        """See Engine.config."""
        outcome = self.compose(compose, ("config", "--format", "json"))
        if outcome.code != 0:
            raise self.config_error(compose, outcome.err)
        model = json.loads(outcome.out)
        return dict(model)

    def config_text(self, compose: Compose, words: Sequence[str]) -> str:
        """Give what `docker compose config WORDS` prints. Raises ConfigError."""
        outcome = self.compose(compose, ("config", *words))
        if outcome.code != 0:
            raise self.config_error(compose, outcome.err)
        return outcome.out

    def hashes(self, compose: Compose) -> dict[str, str]:
        """See Engine.hashes.

        Of the resolved model, handed back to Compose: from 2.22 on `config --hash` hashes the names of a service's
        `env_file`, while the label on a container hashes their values (docker/compose#14001). Asked directly, such a
        service would always seem to have changed.
        """
        model = self.config_text(compose, ("--format", "json"))
        args = ("-p", compose.project, "--project-directory", str(compose.directory), "--profile", "*", "-f", "-")
        outcome = self.compose(replace(compose, args=args), ("config", "--hash", "*"), model.encode())
        if outcome.code != 0:
            raise self.config_error(compose, outcome.err)
        rows = (line.split() for line in outcome.out.splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}

    def missing_variables(self, compose: Compose) -> list[str]:
        """See Engine.missing_variables. Asked one by one: each answer names the next, until Compose is content."""
        missing: list[str] = []
        variables = dict(compose.variables)
        while len(missing) < MOST_MISSING:
            outcome = self.compose(replace(compose, variables=variables), ("config", "--quiet"))
            error = complaints.config_error(self.mask(outcome.err), []) if outcome.code else None
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
        rows = self.answer(("ps", "-a", "--no-trunc", "--filter", f"label={wanted}", "--format", row))
        pairs = [line.partition(" ") for line in rows.splitlines()]
        ids = [key for key, _space, folder in pairs if below is None or Path(folder).is_relative_to(below)]
        return self.inspect(ids)

    def inspect(self, ids: Collection[str]) -> list[Container]:
        """See Engine.inspect."""
        from stackctl.engine import values

        if not ids:
            return []
        found = read_json(self.read, ("inspect", "--type", "container", *ids), partial=True)
        containers = [values.container(raw) for raw in found]
        regular = [item for item in containers if item.labels.get(values.ONEOFF_LABEL, "False") != "True"]
        return sorted(regular, key=lambda item: (item.project, item.service, item.number))

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        """See Engine.events."""
        from stackctl.engine.events import events_words, parse_event

        def on_line(line: str) -> None:
            event = parse_event(line)
            if event:
                on_event(event)

        return self.follow(events_words(project, since), on_line)

    def helper(self, network: str, arguments: Sequence[str], on_line: OnLine) -> Handle:
        """See Engine.helper."""
        from stackctl.engine.helper import asking_words

        return self.follow(asking_words(network, arguments), on_line)

    def images(self, names: Collection[str]) -> dict[str, Image]:
        """See Engine.images."""
        from stackctl.engine import values

        ordered = sorted(set(names))
        if not ordered:
            return {}
        found = read_json(self.read, ("image", "inspect", *ordered), partial=True)
        if len(found) == len(ordered):
            return {name: values.image(raw) for name, raw in zip(ordered, found, strict=True)}
        images: dict[str, Image] = {}
        for raw in found:
            item = values.image(raw)
            images |= {name: item for name in ordered if _names(name, item, raw)}
        return images

    def launch(self, container: str) -> Launch:
        """See Engine.launch."""
        from stackctl.engine.door import Launch

        raw = read_json(self.read, ("inspect", "--type", "container", container))[0]
        words = (raw.get("Config") or {}).get("Env") or []
        variables = dict(word.partition("=")[::2] for word in words)
        return Launch(variables, (str(raw.get("Path") or ""), *(raw.get("Args") or ())))

    def volumes(self, project: str) -> list[Volume]:
        """See Engine.volumes."""
        from stackctl.engine import values

        names = self.volume_names(project)
        if not names:
            return []
        found = read_json(self.read, ("volume", "inspect", *names), partial=True)
        key = "com.docker.compose.volume"
        rows = [(raw, raw.get("Labels") or {}) for raw in found]
        return [values.Volume(raw["Name"], str(labels.get(key, "")), raw["Driver"], labels) for raw, labels in rows]

    def volume_names(self, project: str) -> list[str]:
        """See Engine.volume_names."""
        from stackctl.engine import values

        wanted = f"label={values.PROJECT_LABEL}={project}"
        return self.words(("volume", "ls", "-q", "--filter", wanted))

    def networks(self, project: str) -> list[str]:
        """See Engine.networks."""
        from stackctl.engine import values

        wanted = f"label={values.PROJECT_LABEL}={project}"
        return self.words(("network", "ls", "--format", "{{.Name}}", "--filter", wanted))

    def volume_sizes(self, names: Collection[str]) -> dict[str, int]:
        """See Engine.volume_sizes. The engine walks every volume for this: seconds on a large machine."""
        found = read_json(self.read, ("system", "df", "-v", "--format", "json"))
        rows = found[0].get("Volumes") or [] if found else []
        return {row["Name"]: _bytes(row.get("Size", "")) for row in rows if row["Name"] in names}


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
