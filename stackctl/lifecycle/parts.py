"""The parts of a start, for who wants to be told when each begins: the guided first start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Part = Literal["environment", "secrets", "images", "start"]
Begins = Callable[[Part], None]


def untold(_part: Part) -> None:
    """Tell nobody."""
