"""Asking Compose for the model before anything else: it takes as long as all that we import and read meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError
from stackctl.lifecycle.scene import asked_of_compose, compose_of, with_generated

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target

Answer = tuple["Stack | None", ConfigError | None]


@dataclass(frozen=True)
class Early:
    """A question that is being answered: `target` with the generated files, `answer` waits for the model."""

    target: Target
    answer: Callable[[], Answer]


def ask_early(world: World, target: Target) -> Early | None:
    """Begin to ask; None where values are still to be written for Compose, which only our own reading finds.

    The mask must know the target's secrets already: Compose's complaints pass through it.
    """
    if not target.plain and not (target.generated_env and target.generated_env.is_file()):
        return None
    shown = with_generated(target)
    return Early(shown, ask(world, shown, {}))


def ask(world: World, target: Target, planned: dict[str, str]) -> Callable[[], Answer]:
    """Begin to ask for the model, with values that are not written yet; the result waits for it, or for a complaint."""
    from concurrent.futures import ThreadPoolExecutor

    compose = compose_of(world, target, planned)
    pool = ThreadPoolExecutor(1)
    model = pool.submit(asked_of_compose, world, compose, target, lambda: world.engine.config(compose))
    pool.shutdown(wait=False)

    def answer() -> Answer:
        try:
            found = model.result()
        except ConfigError as error:
            return None, error
        from stackctl.stack.model import stack_from

        return stack_from(found), None

    return answer
