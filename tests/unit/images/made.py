"""Made-up images, recipes and models for the tests of this room, and the fakes of its doors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stackctl.engine.door import OnLine, Recipe
from stackctl.engine.values import EngineFacts, Image
from stackctl.errors import StartError
from stackctl.images.build import ImageDoors
from stackctl.images.choice import Policy
from stackctl.images.fills import Fill
from stackctl.images.plan import ImageQuestion
from stackctl.images.recipes import RecipeInfo, chained
from stackctl.stack.model import Stack, stack_from
from stackctl.workspace.clock import Signal
from tests.unit import fakes

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def image(labels: Mapping[str, str] | None = None, created: datetime | None = NOW, size: int = 1000) -> Image:
    return Image("sha256:1", size, created, labels or {}, (), False)


def recipe(name: str, *needs: str, scripted: bool = False, version: str = "") -> RecipeInfo:
    return RecipeInfo(name, Path("/recipes") / name, f"digest-{name}", needs, scripted, version)


def recipes() -> dict[str, RecipeInfo]:
    made = [
        recipe("base", scripted=True),
        recipe("redis", "base", version="8.0.2"),
        recipe("mongodb", "base", version="7.0.42"),
        recipe("python", "base", version="3.13.5"),
        recipe("tools", "base", version="13"),
    ]
    return chained({item.name: item for item in made})


def current(name: str, version: str = "") -> dict[str, Image]:
    """The image of a recipe, built from what the recipe is now."""
    info = recipes()[name]
    labels = {**info.labels, "stackctl.kind": "local", "stackctl.version": version or info.version}
    return {info.tag: image(labels)}


REDIS: dict[str, Any] = {
    "image": "redis:8.6.6",
    "volumes": [{"type": "volume", "source": "redis-data", "target": "/data"}],
}
MONGO: dict[str, Any] = {
    "image": "mongo:8.0.26",
    "volumes": [{"type": "volume", "source": "mongo-data", "target": "/data/db"}],
}
APP: dict[str, Any] = {
    "image": "acme/app:dev",
    "build": {"context": "/src/app", "dockerfile": "Dockerfile", "args": {"PYTHON_IMAGE": "python:3.13-slim"}},
}
INIT: dict[str, Any] = {"image": "busybox:1.37", "labels": {"stackctl.recipe": "tools"}}


def stack(**services: dict[str, Any]) -> Stack:
    volumes = {"redis-data": {"name": "p_redis-data"}, "mongo-data": {"name": "p_mongo-data"}}
    return stack_from({"name": "p", "services": services, "volumes": volumes})


def question(
    model: Stack,
    policy: Policy = "auto",
    *,
    plain: bool = False,
    fills: Mapping[str, Fill] | None = None,
    dockerfiles: Mapping[str, str] | None = None,
) -> ImageQuestion:
    return ImageQuestion(model, set(model.services), policy, plain, recipes(), fills or {}, dockerfiles or {})


FACTS = replace(fakes.FACTS, os="Debian", memory=1 << 33, cgroup="v1")


class FakeClock:
    """Time passes by one second whenever somebody looks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        self.seconds += 1
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def wait(self, signal: Signal, seconds: float) -> None:
        self.seconds += seconds


class FakeEngine:
    """Holds images; registries answer as `registry` says (image → error code, empty: it comes)."""

    def __init__(
        self, present: Mapping[str, Image] | None = None, registry: Callable[[str], str] | None = None
    ) -> None:
        self.present = dict(present or {})
        self.registry = registry or (lambda _image: "")
        self.pulled: list[str] = []
        self.built: list[Recipe] = []
        self.build_lines: tuple[str, ...] = ("#7 [1/2] FROM stackctl/base:local\n", "#8 [2/2] RUN make\n")
        self.build_fails: StartError | None = None

    def images(self, names: Collection[str]) -> dict[str, Image]:
        return {name: self.present[name] for name in names if name in self.present}

    def pull(self, image_name: str) -> None:
        self.pulled.append(image_name)
        code = self.registry(image_name)
        if code:
            raise StartError(f"{image_name}: {code}", code=code)
        self.present[image_name] = image()

    def build(self, wanted: Recipe, on_line: OnLine) -> None:
        for line in self.build_lines:
            on_line(line)
        if self.build_fails:
            raise self.build_fails
        self.built.append(wanted)
        self.present[wanted.tag] = image({**wanted.labels, "stackctl.kind": "local"})


@dataclass
class FakeLog:
    path: Path
    lines: list[str] = field(default_factory=list)

    def write(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class Heard:
    """Everything that was told."""

    notes: list[str] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)

    def on_note(self, text: str) -> None:
        self.notes.append(text)

    def on_step(self, image_name: str, step: str, elapsed: float) -> None:
        assert elapsed >= 0
        self.steps.append((image_name, step))

    def on_done(self, image_name: str, how: str, elapsed: float) -> None:
        assert elapsed >= 0
        self.done.append((image_name, how))


class World:
    """The doors of one test, and what went through them."""

    def __init__(self, engine: FakeEngine, facts: EngineFacts = FACTS, answers: Collection[str] = ()) -> None:
        self.engine = engine
        self.heard = Heard()
        self.asked: list[tuple[str, int]] = []
        self.scripts: list[tuple[str, ...]] = []
        self.script_code = 0
        self.logs: dict[str, FakeLog] = {}

        def reach(host: str, port: int, _seconds: float) -> bool:
            self.asked.append((host, port))
            return host in answers

        def script(argv: Sequence[str], _folder: Path, on_line: OnLine) -> int:
            self.scripts.append(tuple(argv))
            on_line("base: unpacking\n")
            if self.script_code == 0:
                engine.present[argv[2]] = image({"stackctl.recipe": argv[4].partition("=")[2]})
            return self.script_code

        @contextmanager
        def open_log(name: str) -> Iterator[FakeLog]:
            self.logs[name] = FakeLog(Path(f"/ws/.stackctl/build/{name}.log"))
            yield self.logs[name]

        self.doors = ImageDoors(
            engine=engine,
            facts=facts,
            reach=reach,
            script=script,
            clock=FakeClock(),
            open_log=open_log,
            events=self.heard,
            ca=Path("/etc/ssl/ca.crt"),
        )
