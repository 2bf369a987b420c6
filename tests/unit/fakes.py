"""Fakes of the doors, shared by the tests of several rooms: an engine, a clock, a machine, randomness and events.

The engine keeps containers, images and volumes in memory and starts services as Compose does: what is missing is
created, what has another definition or image is recreated, what has stopped is started again, the rest is left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.doctor.host import FileFacts, Process, SystemHost
from stackctl.engine.address import EngineAddress
from stackctl.engine.door import Launch
from stackctl.engine.run import Outcome
from stackctl.engine.values import Binding, Container, EngineFacts, Image, Probe, Volume
from stackctl.lifecycle.world import World
from stackctl.mask import Mask
from stackctl.stack.model import Port, Stack, stack_from
from stackctl.workspace.compose_files import load
from stackctl.workspace.files import DiskFiles

if TYPE_CHECKING:
    from stackctl.engine.door import Compose, Handle, LogReader, OnEvent, OnLine, Pipe, Recipe
    from stackctl.engine.logstream import LogQuery, RawLine
    from stackctl.engine.net import NameState, PortState
    from stackctl.errors import ConfigError, EngineError
    from stackctl.workspace.clock import Signal
    from stackctl.workspace.events import Event

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

FACTS = EngineFacts(
    version="26.1.5",
    api="1.45",
    compose="2.26.1",
    buildx="0.13.1",
    address=EngineAddress("default", ""),
    os="Debian GNU/Linux 12",
    root_dir="/var/lib/docker",
    cpus=2,
    memory=8 * 10**9,
    cgroup="v2",
    storage="overlay2",
    rootless=False,
    proxies=False,
    mirrors=(),
    name="box",
)


class FakeClock:
    """Time that passes only when somebody sleeps or waits. `at` is done when its time has come, `jump` is a wall clock
    that somebody sets meanwhile.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.naps: list[float] = []
        self.at: list[tuple[float, Callable[[], None]]] = []
        self.jump = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds + self.jump)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.naps.append(seconds)
        self._pass(self.seconds + seconds)

    def wait(self, signal: Signal, seconds: float) -> None:
        end = self.seconds + seconds
        while not signal.is_set() and self.seconds < end:
            self._pass(min([end, *(moment for moment, _do in self.at)]))

    def _pass(self, until: float) -> None:
        self.seconds = max(self.seconds, until)
        due = [do for moment, do in self.at if moment <= self.seconds]
        self.at = [(moment, do) for moment, do in self.at if moment > self.seconds]
        for do in due:
            do()


class FakeEntropy:
    """Bytes that differ at every call and are the same in every run."""

    def __init__(self) -> None:
        self._calls = count()

    def take(self, count: int) -> bytes:
        return hashlib.shake_256(str(next(self._calls)).encode()).digest(count)


@dataclass
class FakeHost:
    """`taken`: port → who holds it. Files are the real ones: tests work on a temporary folder."""

    taken: dict[int, Process] = field(default_factory=dict)
    free: int | None = 50 * 10**9

    def port_state(self, port: Port) -> PortState:
        return "taken" if port.published in self.taken else "free"

    def port_holder(self, port: Port) -> Process | None:
        return self.taken.get(port.published)

    def free_bytes(self, path: Path) -> int | None:
        return self.free

    def file(self, path: Path) -> FileFacts | None:
        return SystemHost().file(path)

    def available_memory(self) -> int:
        return 4 * 10**9

    def now(self) -> datetime:
        return START

    def uid(self) -> int:
        return 1000

    def tcp_answers(self, name: str, port: int, timeout: float) -> NameState:
        return "no-name"

    def resolves(self, name: str, timeout: float) -> bool:
        return False


class Heard:
    """Everything that was told, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def about(self, subject: str) -> list[str]:
        """Give what was told of a service: `state text`."""
        return [f"{event.state} {event.text}" for event in self.events if event.subject == subject]

    def notes(self) -> list[str]:
        return [event.text for event in self.events if event.kind == "note"]


@dataclass
class FakeHandle:
    """A `docker compose up` that has ended with `code`; None: it runs until it is stopped."""

    code: int | None = 0
    stopped: bool = False

    def poll(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.stopped = True
        self.code = 130


class FakePipe:
    """A process that prints `out` in pieces, says `err`, and ends with `code`; `got` is what it was sent."""

    def __init__(self, out: bytes = b"", err: str = "", code: int = 0, piece: int = 1 << 16) -> None:
        self._pieces = [out[start : start + piece] for start in range(0, len(out), piece)]
        self._err = err
        self._code = code
        self.got = bytearray()
        self.stopped = False

    def read(self, size: int = 0) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def write(self, data: bytes) -> None:
        self.got += data

    def end_input(self) -> None: ...

    def wait(self) -> int:
        return self._code

    def said(self) -> str:
        return self._err

    def stop(self) -> None:
        self.stopped = True


class FakeReader:
    """A log that comes in these portions; its descriptor is always ready, as that of a closed pipe is."""

    def __init__(self, portions: Sequence[list[RawLine]] = ()) -> None:
        self._portions = list(portions)
        self._fd, write_end = os.pipe()
        os.close(write_end)
        self.closed = False

    @property
    def ended(self) -> bool:
        return not self._portions

    def fileno(self) -> int:
        return self._fd

    def take(self) -> list[RawLine]:
        return self._portions.pop(0) if self._portions else []

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
            self.closed = True


def container(service: str, **facts: Any) -> Container:
    """Give a container that has run for a minute, healthy where nothing else is said."""
    base = Container(
        id=f"{service}-id",
        name=f"shop-{service}-1",
        service=service,
        number=1,
        project="shop",
        working_dir="",
        image=f"acme/{service}:1",
        image_id=f"sha256:{service}",
        state="running",
        health="",
        exit_code=0,
        error="",
        oom_killed=False,
        restarts=0,
        created=START - timedelta(seconds=61),
        started=START - timedelta(seconds=60),
        finished=None,
        config_hash="",
        ports=(),
        probes=(),
        labels={},
        networks={},
        restart_policy="",
    )
    return replace(base, **facts)


def probe(exit_code: int, output: str = "") -> Probe:
    return Probe(START, exit_code, output)


def image(name: str, **facts: Any) -> Image:
    return replace(Image(f"sha256:{name}", 1000, START, {}, (name,), False), **facts)


def stack_of(services: Mapping[str, Any], **top: Any) -> Stack:
    return stack_from({"name": "shop", "services": services, **top})


class FakeEngine:
    """Docker in memory. `model` is what `docker compose config` prints; `asked` is what was asked for, by verb."""

    def __init__(self, model: Mapping[str, Any] | None = None) -> None:
        self.model: dict[str, Any] = dict(model or {})
        self.facts_now = FACTS
        self.there: list[Container] = []
        self.local: dict[str, Image] = {}
        self.volume_list: list[Volume] = []
        self.made_at: dict[str, str] = {}
        self.network_list: list[str] = []
        self.sizes: dict[str, int] = {}
        self.neighbours: list[str] = []
        self.model_error: ConfigError | None = None
        self.missing: list[str] = []
        self.run_error: EngineError | None = None
        self.log_lines: dict[str, list[RawLine]] = {}
        self.queries: list[LogQuery] = []
        self.asked: list[tuple[str, ...]] = []
        self.composes: list[Compose] = []
        self.up_code: int | None = 0
        self.up_says: list[str] = []
        self.after_start: Callable[[Container], Container] = lambda started: started
        self.pipes: list[Pipe] = []
        self.launched: dict[str, Launch] = {}
        self.said_by: dict[tuple[str, str], str] = {}
        self._ids = count(1)
        self._scale: dict[str, int] = {}

    # What is read.

    def address(self) -> EngineAddress:
        return self.facts_now.address

    def compose_stamp(self) -> str:
        return ""

    def facts(self) -> EngineFacts:
        self.asked.append(("facts",))
        return self.facts_now

    def config(self, compose: Compose) -> dict[str, Any]:
        self.composes.append(compose)
        if self.model_error:
            raise self.model_error
        return self._named(compose)

    def config_text(self, compose: Compose, words: Sequence[str]) -> str:
        return json.dumps(self.config(compose))

    def hashes(self, compose: Compose) -> dict[str, str]:
        self.asked.append(("hashes",))
        return {name: self.hash_of(name, compose) for name in self.model["services"]}

    def hash_of(self, name: str, compose: Compose | None = None) -> str:
        """Give what Compose would: how it is built and what it waits for have no part in its hash."""
        service = {**self.model["services"][name], **_overlaid(name, compose)}
        kept = {key: value for key, value in service.items() if key not in ("build", "depends_on")}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()

    def missing_variables(self, compose: Compose) -> list[str]:
        return self.missing

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        return [
            item
            for item in self.there
            if project in ("", item.project) and (below is None or Path(item.working_dir).is_relative_to(below))
        ]

    def helper(self, network: str, arguments: Sequence[str], on_line: OnLine) -> Handle:
        raise NotImplementedError

    def inspect(self, ids: Collection[str]) -> list[Container]:
        return [item for item in self.containers("") if item.id in ids]

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        return FakeHandle(None)  # a stream on which nothing is told

    def images(self, names: Collection[str]) -> dict[str, Image]:
        return {name: self.local[name] for name in names if name in self.local}

    def volumes(self, project: str) -> list[Volume]:
        return [item for item in self.volume_list if item.name.startswith(f"{project}_")]

    def volume_names(self, project: str) -> list[str]:
        return [item.name for item in self.volumes(project)]

    def networks(self, project: str) -> list[str]:
        return [name for name in self.network_list if name.startswith(f"{project}_")]

    def volume_sizes(self, names: Collection[str]) -> dict[str, int]:
        return {name: size for name, size in self.sizes.items() if name in names}

    def read(self, words: Sequence[str]) -> Outcome:
        """What `docker inspect` and `docker logs` print: `said_by`, by container."""
        verb, number = words[0], words[-1]
        return Outcome(0, self.said_by.get((verb, number), "[]" if verb == "inspect" else ""), "", 0.0)

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        words = tuple(argv)
        if self.run_error:
            raise self.run_error
        if input_data is not None:  # which features has Compose
            ports = [{"published": "2"}]
            return Outcome(0, json.dumps({"services": {"a": {"ports": ports}}}), "", 0.0)
        if words[0] == "ps":
            return Outcome(0, "\n".join(self.neighbours), "", 0.0)
        if words[:2] == ("volume", "inspect"):
            made = [item for item in self.volume_list if item.name in words]
            lines = [f"{item.name}\t{item.driver}\t{{}}\t{{}}\t{self.made_at.get(item.name, '')}" for item in made]
            return Outcome(0, "\n".join(lines), "", 0.0)
        return Outcome(0, "", "", 0.0)

    def launch(self, container: str) -> Launch:
        return self.launched.get(container, Launch({}, ()))

    def pipe(self, argv: Sequence[str], *, first: bytes | None = None, more: bool = False) -> Pipe:
        self.asked.append(("pipe", *argv))
        return self.pipes.pop(0)

    def logs(self, container: str, query: LogQuery) -> LogReader:
        self.queries.append(query)
        lines = self.log_lines.get(container, [])
        return FakeReader([lines[-query.tail :] if query.tail else lines])

    # What is changed.

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        self.asked.append(("up", *words))
        self.composes.append(compose)
        for line in self.up_says:
            on_line(line)
        if self.up_code == 0:
            named = [word for word in words if word in self.model["services"]]
            self._scale = {word.split("=")[0]: int(word.split("=")[1]) for word in words if "=" in word}
            for name in named or self.model["services"]:
                self._start(compose, name, force="--force-recreate" in words)
        return FakeHandle(self.up_code)

    def down(self, project: str) -> None:
        self.asked.append(("down", project))
        self.there = [item for item in self.there if item.project != project]
        self.network_list = [name for name in self.network_list if not name.startswith(f"{project}_")]

    def restart(self, compose: Compose, services: Sequence[str]) -> None:
        self.asked.append(("restart", *services))
        self.composes.append(compose)

    def remove_volumes(self, names: Sequence[str]) -> None:
        self.asked.append(("remove_volumes", *names))
        self.volume_list = [item for item in self.volume_list if item.name not in names]

    def pull(self, image: str) -> None:
        self.asked.append(("pull", image))
        self.local[image] = Image(f"sha256:{image}", 1000, START, {}, (image,), False)

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        self.asked.append(("build", recipe.tag))
        self.local[recipe.tag] = image(recipe.tag, labels=recipe.labels)

    def build_services(
        self, compose: Compose, services: Sequence[str], on_line: OnLine, arguments: Mapping[str, str] | None = None
    ) -> None:
        self.asked.append(("build", *services))
        for name in services:
            on_line(f"#1 [{name} 1/1] FROM scratch\n")
            tag = self._image(compose, name)
            self.local[tag] = Image(f"sha256:built-{next(self._ids)}", 1000, START, {}, (tag,), False)

    def verbs(self) -> list[str]:
        """Give what was asked for that changes something."""
        return [" ".join(words) for words in self.asked if words[0] not in ("facts", "hashes")]

    def _named(self, compose: Compose) -> dict[str, Any]:
        return {"name": compose.project, **self.model}

    def _image(self, compose: Compose, name: str) -> str:
        return str(self.model["services"][name].get("image") or f"{compose.project}-{name}")

    def _start(self, compose: Compose, name: str, *, force: bool) -> None:
        stack = stack_from(self._named(compose))
        tag = self._image(compose, name)
        image_id = self.local[tag].id if tag in self.local else f"sha256:{tag}"
        old = [item for item in self.there if item.service == name and item.project == compose.project]
        replicas = self._scale.get(name, stack.services[name].replicas)
        if len(old) >= replicas and not force:
            same = all(item.config_hash == self.hash_of(name, compose) and item.image_id == image_id for item in old)
            if same and all(item.running or stack.oneshot(name) for item in old):
                return
        self.there = [item for item in self.there if item not in old]
        for number in range(1, replicas + 1):
            made = container(
                name,
                id=f"{name}-{next(self._ids)}",
                name=f"{compose.project}-{name}-{number}",
                number=number,
                project=compose.project,
                working_dir=str(compose.directory),
                image=tag,
                image_id=image_id,
                config_hash=self.hash_of(name, compose),
                state="exited" if stack.oneshot(name) else "running",
                health="healthy" if stack.services[name].probed else "",
                ports=tuple(
                    Binding(port.host_ip or "0.0.0.0", port.published, port.target, port.protocol)
                    for port in stack.services[name].ports
                    if port.published
                ),
            )
            self.there.append(self.after_start(made))


def _overlaid(name: str, compose: Compose | None) -> dict[str, Any]:
    """Give what the generated overlay among the files says of a service."""
    words = compose.args if compose else ()
    files = [
        Path(word)
        for before, word in pairwise(words)
        if before == "-f" and word.endswith(("overlay.yml", "probes.yml"))
    ]
    found: dict[str, Any] = {}
    for path in files:
        found |= load(path)["services"].get(name) or {}
    return found


@dataclass
class Doors:
    """One test's world and the fakes in it."""

    engine: FakeEngine
    clock: FakeClock
    host: FakeHost
    heard: Heard
    mask: Mask
    shell: dict[str, str]
    world: World


def doors(home: Path, engine: FakeEngine, **shell: str) -> Doors:
    """Give a world whose $STACKCTL_HOME is `home`."""
    clock, host, heard, mask = FakeClock(), FakeHost(), Heard(), Mask()
    variables = {"STACKCTL_HOME": str(home), **shell}
    world = World(engine, DiskFiles(), clock, host, FakeEntropy(), variables, mask, heard)
    return Doors(engine, clock, host, heard, mask, variables, world)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder with its content, to see that nothing was changed."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
