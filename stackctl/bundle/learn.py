"""Teach the mask every secret value that can be known, before anything of a bundle is read."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from stackctl.bundle.subject import Sight, Subject, target_of
from stackctl.errors import StackctlError
from stackctl.health.evidence import Evidence
from stackctl.lifecycle.explain import evidence_of
from stackctl.lifecycle.scene import compose_of, look_at_model, with_generated
from stackctl.lifecycle.secrecy import learn_container, learn_stack, learn_target
from stackctl.lifecycle.secret_knowledge import known_secrets
from stackctl.mask import assignments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.bundle.asking import Asking
    from stackctl.engine.values import Container
    from stackctl.stack.model import Stack


def learn(subject: Subject, asking: Asking) -> Sight:
    """Learn what files, model and containers tell, and give what was seen on the way.

    Files first, and loosely: those that Compose rejects are the ones whose values it echoes. Containers too: they may
    be older than the files.
    """
    gaps = _files(subject)
    stack = asking(lambda: _stack(subject))
    containers = asking(lambda: _containers(subject))
    for part, what in ((stack, "the merged configuration"), (containers, "the containers")):
        error = part.exception()
        if error is not None:
            gaps.append(f"secret values that only {what} could tell are unknown: {_sentence(error)}")
    return Sight(subject, stack, containers, _evidence(subject, asking), gaps)


def _files(subject: Subject) -> list[str]:
    world, target, place = subject.world, subject.target, subject.place
    if target is None:
        return ["no project was found: only the forms of secrets that are known for their shape were looked for"]
    learn_target(world, target)
    for path in target.files:
        text = (world.files.read(path) or b"").decode("utf-8", "replace")
        world.mask.add(*(value for _place, value in assignments(text)))
    try:
        if place is not None:
            known_secrets(world, place, target)
    except StackctlError as error:
        return [f"not every secret of this workspace could be read: {error.message}"]
    return []


def _stack(subject: Subject) -> Stack:
    world = subject.world
    target = with_generated(target_of(subject))
    stack = look_at_model(world, compose_of(world, target), target)
    learn_stack(world, stack)
    for source in (stack.raw.get("secrets") or {}).values():
        # A secret that comes from a variable: whatever that is called, its value is one.
        variable = str((source or {}).get("environment") or "")
        world.mask.add(world.shell.get(variable, ""))
    return stack


def _containers(subject: Subject) -> Sequence[Container]:
    found = subject.world.engine.containers(target_of(subject).project)
    for item in found:
        learn_container(subject.world, item)
    return found


def _evidence(subject: Subject, asking: Asking) -> Future[Evidence]:
    """Give what the verdict of the failure was made of, else what is to be seen now."""
    kept = subject.failure.error.evidence if subject.failure else None
    if isinstance(kept, Evidence):
        there: Future[Evidence] = Future()
        there.set_result(kept)
        return there
    return asking(lambda: evidence_of(subject.world, target_of(subject)))


def _sentence(error: BaseException) -> str:
    return error.message if isinstance(error, StackctlError) else f"{type(error).__name__}: {error}"
