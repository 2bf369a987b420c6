"""What a bundle is about: the project that was asked for, and the failure that it is made after, if any."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.errors import StackctlError
    from stackctl.health.evidence import Evidence
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.find import Place
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Failure:
    """The command that failed, and its error; `error.evidence` is what its verdict was made of."""

    command: str
    error: StackctlError


@dataclass(frozen=True)
class Subject:
    """`place` and `target` are None where the files are too broken to tell; `problem` says why then."""

    world: World
    place: Place | None
    target: Target | None
    problem: StackctlError | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Sight:
    """A subject at which we look: what several files of a bundle need. Each part raises what kept it from being seen.

    `gaps` are sentences about secret values that could not be learned, so that they could not be looked for.
    """

    subject: Subject
    stack: Future[Stack]
    containers: Future[Sequence[Container]]
    evidence: Future[Evidence]
    gaps: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        """Give the doors."""
        return self.subject.world

    @property
    def target(self) -> Target:
        """Give the target. Raises what kept it from being found."""
        return target_of(self.subject)


def target_of(subject: Subject) -> Target:
    """Give the target of a subject. Raises what kept it from being found."""
    if subject.target is None:
        assert subject.problem is not None  # one of the two is there
        raise subject.problem
    return subject.target
