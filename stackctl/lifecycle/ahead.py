"""What the engine is asked while Compose still reads the model.

Each answer takes 20 to 70 ms of CPU. Where a project has no containers everything will be created, so what the checks
before a start want to know is certain before the model is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.doctor.around import Neighbour
    from stackctl.engine.values import Container, EngineFacts
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class Ahead:
    """Questions on their way. Each waits for its answer, and raises EngineError; None: it was not asked ahead."""

    volume_names: Callable[[], Sequence[str]]
    facts: Callable[[], EngineFacts | None]
    neighbours: Callable[[], Sequence[Neighbour] | None]


def ask_ahead(world: World, project: str, containers: Callable[[], Sequence[Container]]) -> Ahead:
    """Begin to ask; `containers` waits for those of the project."""
    pool = ThreadPoolExecutor(3)

    def neighbours() -> Sequence[Neighbour] | None:
        from stackctl.doctor.around import read_neighbours

        return None if containers() else read_neighbours(world.engine)

    volume_names = pool.submit(world.engine.volume_names, project)
    facts = pool.submit(lambda: None if containers() else world.engine.facts())
    around = pool.submit(neighbours)
    pool.shutdown(wait=False)
    return Ahead(volume_names.result, facts.result, around.result)
