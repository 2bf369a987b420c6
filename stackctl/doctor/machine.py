"""The examination behind `stackctl doctor`. It works with the engine stopped, or with no Docker at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackctl.doctor import capacity, leftovers, network, private, requires, timekeeping, tools
from stackctl.doctor.check import Check, Look, Scene, Seen
from stackctl.errors import StackctlError

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts

# In the order in which a person would look.
OF_ENGINE = (
    Look("context", "context", tools.context),
    Look("disk", "disk", capacity.disk),
    Look("build-cache", "build cache", capacity.build_cache),
    Look("memory", "memory", capacity.memory),
    Look("cores", "cores", capacity.cores),
    Look("cgroups", "cgroups", capacity.cgroups),
    Look("storage", "storage driver", capacity.storage),
    Look("rootless", "rootless", capacity.rootless),
    Look("clock", "clock", timekeeping.clock),
    Look("dns", "DNS in a container", network.dns),
    Look("registry", "registry", network.registry),
    Look("requires", "what stacks want", requires.requires),
    Look("leftovers", "leftovers", leftovers.leftovers),
)


def examine(scene: Scene) -> list[Check]:
    """Give every check in a stable order. Never raises: what cannot be looked at is skipped, and says why."""
    with ThreadPoolExecutor(8) as pool:
        compose = pool.submit(_look, "compose", "Compose", partial(tools.compose, scene))
        buildx = pool.submit(_look, "buildx", "buildx", partial(tools.buildx, scene))
        home = pool.submit(_look, "home", "STACKCTL_HOME", partial(private.home_private, scene))
        facts, engine = _engine(scene)
        if facts is None:
            rest = [Check(look.id, look.title, "skipped", "the engine does not answer") for look in OF_ENGINE]
        else:
            looks = [pool.submit(_look, look.id, look.title, partial(look.take, scene, facts)) for look in OF_ENGINE]
            rest = [look.result() for look in looks]
        return [engine, rest[0], compose.result(), buildx.result(), *rest[1:], home.result()]


def _engine(scene: Scene) -> tuple[EngineFacts | None, Check]:
    found: list[EngineFacts] = []

    def ask() -> Seen:
        facts = scene.engine.facts()
        found.append(facts)
        return Seen("ok", f"Docker {facts.version} on {facts.os}")

    check = _look("engine", "engine", ask)
    another = tools.chosen(scene.shell)
    if not found and another:  # the likeliest reason: the engine that was asked is not the one that runs
        check = replace(check, detail=f"{check.detail} ({another})")
    return (found[0] if found else None), check


def _look(name: str, title: str, take: Callable[[], Seen]) -> Check:
    try:
        seen = take()
    except StackctlError as error:
        return Check(name, title, "error", error.message, error.hint)
    except Exception as error:  # one look that breaks must not hide what the others see
        return Check(name, title, "error", f"this look failed: {type(error).__name__}: {error}", "please report it")
    return Check(name, title, seen.status, seen.detail, seen.hint)
