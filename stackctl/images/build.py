"""Building recipes: in order, with a log each, and the step they are at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stackctl.engine.complaints import build_error
from stackctl.engine.door import OnLine, Recipe
from stackctl.errors import StartError
from stackctl.images.progress import StepReader, shorten
from stackctl.images.recipes import DIGEST_LABEL, SCRIPT, RecipeInfo, stale

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts, Image
    from stackctl.images.buildlog import BuildLog, OpenLog
    from stackctl.images.reach import Reach
    from stackctl.images.script import Script
    from stackctl.workspace.clock import Clock

TAIL_LINES = 12


class ImageEngine(Protocol):
    """The part of the Engine door that this room walks through."""

    def images(self, names: Collection[str]) -> dict[str, Image]:
        """See Engine.images."""
        ...

    def pull(self, image: str) -> None:
        """See Engine.pull."""
        ...

    def build(self, recipe: Recipe, on_line: OnLine) -> None:
        """See Engine.build."""
        ...


class ImageEvents(Protocol):
    """Who wants to know how it goes. Times are seconds since the work on that image began."""

    def on_note(self, text: str) -> None:
        """Hear something that is said once, such as that no registry answers."""
        ...

    def on_step(self, image: str, step: str, elapsed: float) -> None:
        """Hear what is being done for an image now."""
        ...

    def on_done(self, image: str, how: str, elapsed: float) -> None:
        """Hear that an image is there: `pulled` or `built`."""
        ...


@dataclass(frozen=True)
class ImageDoors:
    """Everything outside that fetching and building touch. `lock` is held while recipes are built."""

    engine: ImageEngine
    facts: EngineFacts
    reach: Reach
    script: Script
    clock: Clock
    open_log: OpenLog
    events: ImageEvents
    ca: Path | None = None
    lock: Callable[[], AbstractContextManager[None]] = field(default=nullcontext)


def build_recipes(recipes: Mapping[str, RecipeInfo], names: Collection[str], doors: ImageDoors) -> tuple[str, ...]:
    """Build what is missing or outdated for these recipes and give the names of what was built, in order.

    What there is gets looked up under the lock: another `up` may have built it while this one waited. Raises StartError
    with the tail of the build and the path of its log.
    """
    with doors.lock():
        tags = [recipe.tag for recipe in recipes.values()]
        todo = stale(recipes, names, doors.engine.images(tags))
        for name in todo:
            _build(recipes[name], doors)
    return todo


def _build(recipe: RecipeInfo, doors: ImageDoors) -> None:
    start = doors.clock.monotonic()

    def elapsed() -> float:
        return doors.clock.monotonic() - start

    doors.events.on_step(recipe.tag, "starting", 0.0)
    with doors.open_log(recipe.name) as log:
        lines = _Lines(recipe, log, lambda step: doors.events.on_step(recipe.tag, step, elapsed()))
        try:
            if recipe.scripted:
                _run_script(recipe, doors.script, lines)
            else:
                doors.engine.build(_asked(recipe, doors.ca), lines)
        except StartError as error:
            raise _with_log(error, lines, log.path) from error
    doors.events.on_done(recipe.tag, "built", elapsed())


def _asked(recipe: RecipeInfo, ca: Path | None) -> Recipe:
    dockerfile = recipe.folder / "Dockerfile" if recipe.context else None
    return Recipe(recipe.context or recipe.folder, recipe.tag, recipe.labels, ca, dockerfile)


def _run_script(recipe: RecipeInfo, script: Script, lines: _Lines) -> None:
    label = f"LABEL {DIGEST_LABEL}={recipe.chain}"
    code = script(("bash", SCRIPT, recipe.tag, "--change", label), recipe.folder, lines)
    if code != 0:
        raise build_error(recipe.tag, "".join(lines.tail))


class _Lines:
    """Takes a build's lines: all into the log, the last ones kept, the current step told."""

    def __init__(self, recipe: RecipeInfo, log: BuildLog, on_step: Callable[[str], None]) -> None:
        self.tail: list[str] = []
        self._log = log
        self._on_step = on_step
        self._steps = None if recipe.scripted else StepReader()

    def __call__(self, line: str) -> None:
        self._log.write(line)
        self.tail.append(line if line.endswith("\n") else f"{line}\n")
        del self.tail[:-TAIL_LINES]
        step = self._steps.read(line) if self._steps else shorten(line)  # a script says itself what it does
        if step:
            self._on_step(step)


def _with_log(error: StartError, lines: _Lines, path: Path) -> StartError:
    tail = "".join(f"\n    {line.rstrip()}" for line in lines.tail if line.strip())
    where = f"the whole log: {path}"
    hint = f"{error.hint}; {where}" if error.code == "disk-full" else where
    return StartError(error.message + tail, hint, code=error.code, findings=error.findings)
