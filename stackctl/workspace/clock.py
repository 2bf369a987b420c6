"""The door to time: the wall clock for stamps, the monotonic clock for waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Signal(Protocol):
    """What can be waited for: a `threading.Event`."""

    def is_set(self) -> bool:
        """Say whether somebody has set it."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds; say whether it is."""
        ...


class Clock(Protocol):
    """What the rooms need of a clock."""

    def now(self) -> datetime:
        """Give the wall clock time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds from an arbitrary start that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def wait(self, signal: Signal, seconds: float) -> None:
        """Wait until somebody sets the signal, at most so long."""
        ...


class SystemClock:
    """The real clock."""

    def now(self) -> datetime:
        """See Clock.now."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See Clock.monotonic."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See Clock.sleep."""
        time.sleep(seconds)

    def wait(self, signal: Signal, seconds: float) -> None:
        """See Clock.wait."""
        signal.wait(seconds)
