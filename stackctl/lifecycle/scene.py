"""What there is before anything changes: the target, the merged model, the containers that run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from stackctl.engine.door import Compose
from stackctl.errors import ConfigError, Finding
from stackctl.lifecycle.env_plan import OWN_FILE, with_own
from stackctl.workspace.compose_files import load_all, words_named
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.engine.values import Container
    from stackctl.lifecycle.ahead import Ahead
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target

OVERLAY = "overlay.yml"
PROBES = "probes.yml"
T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """One look at a target; `ahead` is what the engine was asked meanwhile."""

    target: Target
    compose: Compose
    stack: Stack
    containers: Sequence[Container]
    ahead: Ahead | None = field(default=None, repr=False, compare=False)

    def of(self, service: str) -> list[Container]:
        """Give the containers of one service."""
        return [container for container in self.containers if container.service == service]


def compose_of(world: World, target: Target, extra: Mapping[str, str] | None = None) -> Compose:
    """Give what the engine needs to speak about a target: words, folder, and the shell's variables that it names.

    `extra` are variables that will stand in a generated file, but do not yet (a dry run, the first `up`).
    """
    names = words_named([*target.files, *target.env_files, target.directory / ".env"])
    named = {name: value for name, value in world.shell.items() if name in names}
    existing = tuple(path for path in target.env_files if path.is_file())
    shown = replace(target, env_files=existing)
    return Compose(target.project, shown.compose_args, target.directory, {**(extra or {}), **named})


def with_generated(target: Target) -> Target:
    """Give the target with the generated files that the last `up` left, so that Compose acts on the same model."""
    folder = scratch(target.root, target.project)
    own = folder / OWN_FILE
    target = with_own(target, own) if own.is_file() else target
    existing = tuple(path for path in target.env_files if path.is_file())
    return replace(target, env_files=existing, overlays=generated_files(folder))


def without_probes(target: Target) -> Target:
    """Give the target for a wait: how long a check may fail is for its author's values to say, not for fast probes."""
    return target.with_overlays(*(path for path in target.overlays if path.name != PROBES))


def generated_files(folder: Path) -> tuple[Path, ...]:
    """Give the generated Compose files that there are in a project's folder, in their order."""
    return tuple(path for path in (folder / OVERLAY, folder / PROBES) if path.is_file())


def look_at_model(world: World, compose: Compose, target: Target) -> Stack:
    """Read the model alone; works without the engine. Raises ConfigError with every missing variable."""
    from stackctl.stack.model import stack_from

    return stack_from(asked_of_compose(world, compose, target, lambda: world.engine.config(compose)))


def asked_of_compose(world: World, compose: Compose, target: Target, ask: Callable[[], T]) -> T:
    """Ask Compose for the model; its complaint is explained: every missing variable, the place of a YAML error."""
    try:
        return ask()
    except ConfigError as error:
        raise _explained(world, compose, target, error) from error


@dataclass(frozen=True)
class Looking:
    """A look that goes on: `model` and `containers` wait for their half of it.

    They are apart because the model needs no engine: a wrong name is told even while the engine is down.
    """

    target: Target
    compose: Compose
    model: Callable[[], Stack]
    containers: Callable[[], Sequence[Container]]
    ahead: Ahead | None = None

    def scene(self) -> Scene:
        """Wait for both. Raises ConfigError with every missing variable, EngineError."""
        return Scene(self.target, self.compose, self.model(), self.containers(), self.ahead)


def look(world: World, target: Target, extra: Mapping[str, str] | None = None) -> Scene:
    """Read the model and the containers at once. Raises ConfigError with every missing variable, EngineError."""
    return begin_look(world, target, extra).scene()


def begin_look(
    world: World,
    target: Target,
    extra: Mapping[str, str] | None = None,
    containers: Sequence[Container] | None = None,
) -> Looking:
    """Begin to read: what else is to be done can be done meanwhile. `containers` that are known are not read again."""
    from concurrent.futures import ThreadPoolExecutor

    compose = compose_of(world, target, extra)
    pool = ThreadPoolExecutor(2)
    found = pool.submit(world.engine.containers, target.project) if containers is None else None
    model = pool.submit(asked_of_compose, world, compose, target, lambda: world.engine.config(compose))
    pool.shutdown(wait=False)

    def read() -> Stack:
        from stackctl.stack.model import stack_from

        return stack_from(model.result())

    def there() -> Sequence[Container]:
        return found.result() if found else containers or ()

    return Looking(target, compose, read, there)


def shadowed(world: World, target: Target, names: Sequence[str]) -> list[Finding]:
    """Give a finding for each variable that the shell sets over the env file: Compose obeys the shell."""
    return [
        Finding(
            "shadowed",
            "warning",
            name,
            f"{name} comes from your shell, not from {target.env_files[0].name if target.env_files else '.env'}",
            f"unset {name}",
        )
        for name in sorted(names)
        if name in world.shell
    ]


def _explained(world: World, compose: Compose, target: Target, error: ConfigError) -> ConfigError:
    if error.code == "variable-missing":
        missing = world.engine.missing_variables(compose)
        if len(missing) > 1:
            hint = (
                f"set them in the shell or in {target.env_files[-1] if target.env_files else target.directory / '.env'}"
            )
            findings = [
                Finding("variable-missing", "error", name, f"{name} is required and missing", hint) for name in missing
            ]
            return ConfigError(
                f"{len(missing)} variables are missing: {', '.join(missing)}", hint, code=error.code, findings=findings
            )
    if error.code == "yaml-invalid":
        load_all(target.files)  # our own reader knows the column, and which of several files it is
    return error
