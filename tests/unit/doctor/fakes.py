"""A machine and an engine that say what a test tells them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stackctl.doctor.around import Around
from stackctl.doctor.ground import Ground
from stackctl.doctor.host import FileFacts, Process
from stackctl.engine.address import EngineAddress
from stackctl.engine.door import Compose, Handle, Launch, LogReader, OnEvent, OnLine, Pipe, Recipe
from stackctl.engine.logstream import LogQuery
from stackctl.engine.net import NameState, PortState
from stackctl.engine.run import Outcome
from stackctl.engine.values import Container, EngineFacts, Image, Volume
from stackctl.errors import EngineError
from stackctl.stack.model import Port, Stack, stack_from
from tests.unit import fakes

FACTS = replace(fakes.FACTS, name="vm")
REMOTE = replace(FACTS, address=EngineAddress("far", "ssh://user@far"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILE = FileFacts("file", mode=0o644)
FOLDER = FileFacts("directory", mode=0o755)


@dataclass
class FakeHost:
    """`ports`: (number, protocol) → state, `holders` by number, `files` by path; everything else is fine."""

    ports: Mapping[tuple[int, str], PortState] = field(default_factory=dict)
    holders: Mapping[int, Process] = field(default_factory=dict)
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    free: int | None = 50 * 10**9
    memory: int = 4 * 10**9
    times: list[datetime] = field(default_factory=list)
    user: int = 1000
    names: Collection[str] = ("registry-1.docker.io",)
    answering: Collection[str] = ("registry-1.docker.io",)
    everything_exists: bool = False

    def port_state(self, port: Port) -> PortState:
        return self.ports.get((port.published, port.protocol), "free")

    def port_holder(self, port: Port) -> Process | None:
        return self.holders.get(port.published)

    def free_bytes(self, path: Path) -> int | None:
        return self.free

    def file(self, path: Path) -> FileFacts | None:
        return self.files.get(str(path), FOLDER if self.everything_exists else None)

    def available_memory(self) -> int:
        return self.memory

    def now(self) -> datetime:
        return self.times.pop(0) if self.times else NOW

    def uid(self) -> int:
        return self.user

    def tcp_answers(self, name: str, port: int, timeout: float) -> NameState:
        return "answers" if name in self.answering else "no-answer" if name in self.names else "no-name"

    def resolves(self, name: str, timeout: float) -> bool:
        return name in self.names


Reply = Outcome | EngineError


@dataclass
class FakeEngine:
    """`replies`: the first whose words all stand in the command answers it; without one the command prints nothing."""

    about: EngineFacts | EngineError = FACTS
    replies: Sequence[tuple[tuple[str, ...], Reply]] = ()
    present: Collection[str] = ()
    stamp: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def facts(self) -> EngineFacts:
        if isinstance(self.about, EngineError):
            raise self.about
        return self.about

    def launch(self, container: str) -> Launch:
        raise NotImplementedError

    def pipe(self, argv: Sequence[str], *, first: bytes | None = None, more: bool = False) -> Pipe:
        raise NotImplementedError

    def read(self, words: Sequence[str]) -> Outcome:
        return self.run(words)

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        self.asked.append(tuple(argv))
        words = (*argv, (input_data or b"").decode())
        for wanted, reply in self.replies:
            if all(any(word in given for given in words) for word in wanted):
                if isinstance(reply, EngineError):
                    raise reply
                return reply
        return said("")

    def images(self, names: Collection[str]) -> dict[str, Image]:
        return {name: Image("sha256:1", 1, None, {}, (name,), False) for name in names if name in self.present}

    def compose_stamp(self) -> str:
        return self.stamp

    # What no check asks for.

    def address(self) -> EngineAddress:
        raise NotImplementedError

    def config(self, compose: Compose) -> dict[str, Any]:
        raise NotImplementedError

    def config_text(self, compose: Compose, words: Sequence[str]) -> str:
        raise NotImplementedError

    def hashes(self, compose: Compose) -> dict[str, str]:
        raise NotImplementedError

    def missing_variables(self, compose: Compose) -> list[str]:
        raise NotImplementedError

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        raise NotImplementedError

    def helper(self, network: str, arguments: Sequence[str], on_line: OnLine) -> Handle:
        raise NotImplementedError

    def inspect(self, ids: Collection[str]) -> list[Container]:
        raise NotImplementedError

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        raise NotImplementedError

    def volumes(self, project: str) -> list[Volume]:
        raise NotImplementedError

    def volume_names(self, project: str) -> list[str]:
        raise NotImplementedError

    def networks(self, project: str) -> list[str]:
        raise NotImplementedError

    def volume_sizes(self, names: Collection[str]) -> dict[str, int]:
        raise NotImplementedError

    def logs(self, container: str, query: LogQuery) -> LogReader:
        raise NotImplementedError

    def up(self, compose: Compose, words: Sequence[str], on_line: OnLine) -> Handle:
        raise NotImplementedError

    def down(self, project: str) -> None:
        raise NotImplementedError

    def restart(self, compose: Compose, services: Sequence[str]) -> None:
        raise NotImplementedError

    def remove_volumes(self, names: Sequence[str]) -> None:
        raise NotImplementedError

    def pull(self, image: str) -> None:
        raise NotImplementedError

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        raise NotImplementedError

    def build_services(
        self, compose: Compose, services: Sequence[str], on_line: OnLine, arguments: Mapping[str, str] | None = None
    ) -> None:
        raise NotImplementedError


def said(out: str, code: int = 0, err: str = "") -> Outcome:
    return Outcome(code, out, err, 0.01)


def stack_of(services: Mapping[str, Any], **top: Any) -> Stack:
    return stack_from({"name": "shop", "services": services, **top})


def ground_of(
    stack: Stack, host: FakeHost | None = None, *, around: Around | None = None, facts: EngineFacts = FACTS
) -> Ground:
    return Ground(stack, tuple(stack.services), facts, around or Around(), host or FakeHost())


def published(number: int, ip: str = "", protocol: str = "tcp", target: int = 80) -> dict[str, Any]:
    port = {"mode": "ingress", "target": target, "published": str(number), "protocol": protocol}
    return {**port, "host_ip": ip} if ip else port
