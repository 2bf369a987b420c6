"""Where secrets must not be: tracked files, what is about to be committed, the merged model, containers, their logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.engine.read import read_json
from stackctl.errors import EngineError, Finding, StackctlError
from stackctl.lifecycle.begin import digest_of, environment_of
from stackctl.lifecycle.scene import compose_of
from stackctl.mask import is_sensitive
from stackctl.secrets.scan import Hit, Known, Sought, Source, leaves

if TYPE_CHECKING:
    from stackctl.engine.git import Git
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

LARGEST = 10 * 1024 * 1024  # a tracked file of more is data, and is searched up to here
LOG_LINES = 20_000


@dataclass
class Scan:
    """What is looked for, what was found, and how much was searched."""

    sought: Sought
    hits: list[Hit] = field(default_factory=list)
    searched: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def search(self, kind: str, sources: Iterable[Source]) -> None:
        """Search some texts of one kind."""
        self.searched.setdefault(kind, 0)
        for source in sources:
            self.searched[kind] += 1
            self.hits += self.sought.hits(source)


def new_scan(world: World, known: Sequence[Known]) -> Scan:
    """Give an empty scan for these values."""
    return Scan(Sought(known, digest_of(world)))


def scan_staged(scan: Scan, git: Git, top: Path) -> None:
    """Search what is about to be committed: known values everywhere, patterns in new lines. Raises ConfigError."""
    scan.search("files", (Source(item.path, item.text, lines=item.added) for item in git.staged(top)))


def scan_tracked(scan: Scan, git: Git, root: Path) -> None:
    """Search the tracked files of a folder as they are on the disk. Raises ConfigError."""
    if git.top(root) is None:
        message = f"{root} is in no git repository, so no files were searched"
        scan.findings.append(Finding("no-git", "warning", str(root), message, "make one: git init"))
        return
    scan.search("files", _files(git.tracked(root), root))


def scan_running(world: World, scan: Scan, target: Target) -> None:
    """Search the merged model of a target, its containers and their logs; what cannot be read is a finding."""
    try:
        env = environment_of(world, target)
        model = world.engine.config(compose_of(world, env.target, env.variables))
        text = json.dumps(model).replace("$$", "$")  # Compose prints each `$` of a value twice
        scan.search("configuration", _values("configuration", json.loads(text)))
    except StackctlError as error:
        message = f"the merged configuration was not searched: {error.message}"
        scan.findings.append(Finding("not-searched", "warning", target.project, message, error.hint))
    try:
        for container in world.engine.containers(target.project):
            facts = read_json(world.engine.read, ("inspect", "--type", "container", container.id), partial=True)
            scan.search("containers", _container(container.name, facts))
            scan.search("logs", _logs(world, container.id, container.name))
    except EngineError as error:
        message = f"containers and logs were not searched: {error.message}"
        scan.findings.append(Finding("not-searched", "warning", target.project, message, error.hint))


def _files(paths: Sequence[Path], root: Path) -> Iterator[Source]:
    for path in paths:
        try:
            with path.open("rb") as stream:
                data = stream.read(LARGEST)
        except OSError:
            continue  # it went away while we looked
        yield Source(str(path.relative_to(root)), data.decode("utf-8", "replace"))


def _values(place: str, model: object) -> Iterator[Source]:
    """Give each text of a JSON value; one under a sensitive name counts as `NAME=value`."""
    for path, text in leaves(model):
        name = path.rpartition(".")[2]
        yield Source(f"{place} {path}", f"{name}={text}" if is_sensitive(name) else text, numbered=False)


def _container(name: str, facts: Sequence[object]) -> Iterator[Source]:
    for path, text in leaves(facts[0] if facts else {}):
        where = f"variable {text.partition('=')[0]}" if path.startswith("Config.Env[") else path
        yield Source(f"container {name} {where}", text, numbered=False)


def _logs(world: World, number: str, name: str) -> Iterator[Source]:
    outcome = world.engine.read(("logs", "--tail", str(LOG_LINES), number))
    yield Source(f"logs of {name}", outcome.out + outcome.err)


@dataclass(frozen=True)
class Report:
    """One line of the answer: a hit, and how often the same secret stands in the same source."""

    hit: Hit
    count: int

    def finding(self) -> Finding:
        """Give it as a finding: an error, but for a variable that cannot but stand in its container's environment."""
        hit = self.hit
        whose = f" of {hit.project}" if hit.project else ""
        more = f" ({self.count} times)" if self.count > 1 else ""
        what = f"looks like a secret ({hit.name})" if hit.kind == "pattern" else f"the {hit.kind} of {hit.name}{whose}"
        message = f"{hit.place}: {what}, digest {hit.digest}{more}"
        if hit.variable and hit.place.startswith(("configuration ", "container ")):
            hint = "whoever may ask the engine sees it; hand it over as a secret file"
            return Finding("secret-in-environment", "warning", hit.name, message, hint)
        if hit.place.startswith(("configuration ", "container ")):
            hint = "hand it over as a secret file, and change it"
        elif hit.place.startswith("logs of "):
            hint = "stop the service from printing it, and change it"
        else:
            hint = "take it out, and change it: who has the file, or git's history, has the value"
        return Finding("secret-found", "error", hit.name, message, hint)


def reports(hits: Sequence[Hit]) -> list[Report]:
    """Fold the hits: one line per secret and source, at the first place."""
    groups: dict[tuple[str, str, str], list[Hit]] = {}
    for hit in hits:
        source = hit.place.rsplit(":", 2)[0] if hit.place.count(":") >= 2 else hit.place
        groups.setdefault((hit.name, hit.digest, source), []).append(hit)
    return [Report(group[0], len(group)) for group in groups.values()]
