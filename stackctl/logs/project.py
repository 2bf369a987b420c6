"""Whose logs are meant: the project, and which of its containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import Misuse, StackctlError
from stackctl.lifecycle.scene import compose_of, look_at_model, with_generated
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.workspace.compose_files import load
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class LoggedProject:
    """A project and its containers that are wanted; `instead`: it was taken because only it runs here."""

    project: str
    containers: tuple[Container, ...]
    everyone: tuple[Container, ...]
    instead: bool = False


@dataclass(frozen=True)
class Asked:
    """Which services are meant, the words that would be environments, and what is done while the engine answers."""

    services: Sequence[str]
    environments: list[str]
    meanwhile: Callable[[], None] = lambda: None


def logged_project(world: World, target: Target, asked: Asked) -> LoggedProject:
    """Give what to read, and teach the mask. Raises Misuse for a service that there is not, EngineError."""
    with ThreadPoolExecutor(2) as pool:
        taught = pool.submit(learn, world, target)
        answer = pool.submit(world.engine.containers, target.project)
        asked.meanwhile()
        containers = answer.result()
        taught.result()
    project, instead = target.project, False
    if not containers and target.env.source == "default":
        # Only reading commands follow what runs: without a word about the environment the only running one is meant.
        others: dict[str, list[Container]] = {}
        for item in world.engine.containers("", below=target.root):
            others.setdefault(item.project, []).append(item)
        if len(others) == 1:
            (project, containers), instead = others.popitem(), True
    known = {item.service for item in containers}
    services = asked.services
    if not known.issuperset(services):  # reading the files costs 40 ms: only a word that is no container's needs them
        check_services(tuple(services), sorted(known | _written(target)), asked.environments)
    wanted = tuple(item for item in containers if not services or item.service in services)
    return LoggedProject(project, wanted, tuple(containers), instead)


def nothing_to_read(target: Target, services: Sequence[str]) -> Misuse:
    """Give the error for a project without containers."""
    what = f"{', '.join(services)} of {target.title}" if services else target.title
    return Misuse(
        f"{what} has no containers, so there are no logs",
        f"start it: stackctl up {target.env.value}".rstrip() + "; logs of the last run: stackctl logs --previous",
        code="no-containers",
    )


def learn(world: World, target: Target) -> None:
    """Teach the mask everything that this target knows to be secret."""
    learn_target(world, target)
    try:
        shown = with_generated(target)
        learn_stack(world, look_at_model(world, compose_of(world, shown), shown))
    except StackctlError:
        return  # broken files must not keep anyone from the logs; what the model would have told stays unknown


def _written(target: Target) -> set[str]:
    names: set[str] = set()
    for path in target.files:
        try:
            names |= set(load(path).get("services") or {})
        except StackctlError:
            continue
    return names
