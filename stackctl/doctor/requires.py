"""Does this machine have what a stack asks for (`x-stackctl.requires`)? Read before Compose sees a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import stackctl
from stackctl.errors import EngineError, Finding
from stackctl.workspace.settings import written_setting

if TYPE_CHECKING:
    from stackctl.doctor.check import Scene, Seen
    from stackctl.engine.door import Engine
    from stackctl.engine.values import EngineFacts


def check_requires(engine: Engine, files: Sequence[Path]) -> None:
    """Raise EngineError (4) with everything that is not as these files want it.

    Raises ConfigError where they say it in a way that means nothing.
    """
    missed = missing(engine, files)
    if missed:
        more = f" ({len(missed)} things are missing)" if len(missed) > 1 else ""
        raise EngineError(f"{missed[0].message}{more}", missed[0].hint, code="requires", findings=missed)


def missing(engine: Engine, files: Sequence[Path], facts: EngineFacts | None = None) -> list[Finding]:
    """Give what is not as these files want it; the engine is asked only where they want something of it."""
    raw = written_setting(files, "requires")
    if raw is None:
        return []
    from stackctl.stack.requires import Found, misses, requires_from

    wanted = requires_from(raw)
    found = Found(stackctl.__version__)
    # What is wanted of ourselves first: another version of stackctl may understand what follows in another way.
    missed = misses(wanted, found)
    if wanted.of_engine and not missed:
        there = facts or engine.facts()
        missed = misses(wanted, replace(found, compose=there.compose, memory=there.memory))
    return missed


def requires(scene: Scene, facts: EngineFacts) -> Seen:
    """Look at what every stack of this folder wants."""
    from stackctl.doctor.check import Seen
    from stackctl.workspace.find import stacks
    from stackctl.workspace.plain import find_plain

    place = scene.place
    if place is None:
        return Seen("ok", "nothing: no project here")
    groups = [find_plain(place.root)] if place.plain else [_base(place.root, name) for name in stacks(place.root)]
    missed = [item for files in groups for item in missing(scene.engine, files, facts)]
    if not missed:
        return Seen("ok", "met")
    return Seen("error", "; ".join(item.message for item in missed), missed[0].hint)


def _base(root: Path, stack: str) -> list[Path]:
    folder = root / "stacks" / stack
    return [path for path in (folder / "base.yml", folder / "base.yaml") if path.is_file()][:1]
