"""Telling how a payload goes: bytes, rate, and time left where an earlier set says how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

TELL_SECONDS = 0.5


class Meter:
    """Takes the number of bytes so far; tells at most twice a second."""

    def __init__(self, world: World, service: str, file: str, total: int = 0) -> None:
        self._world = world
        self._service = service
        self._file = file
        self._total = total
        self._began = world.clock.monotonic()
        self._told = self._began
        self._bytes = 0

    @property
    def seconds(self) -> float:
        """Give the seconds since it began."""
        return self._world.clock.monotonic() - self._began

    def __call__(self, size: int) -> None:
        """Take the number of bytes so far."""
        self._bytes = size
        now = self._world.clock.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            self._world.events(Event("data", self._text(), self._service, "running", self.seconds))

    def summary(self, stored: int) -> str:
        """Give the line at the end."""
        return f"{_size(self._bytes)} → {_size(stored)} in {self._file}"

    def _text(self) -> str:
        rate = self._bytes / max(self.seconds, 0.001)
        text = f"{_size(self._bytes)} · {_size(int(rate))}/s"
        if self._total > self._bytes and rate:
            text += f" · {(self._total - self._bytes) / rate:.0f} s left"
        return text


def _size(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 10**9 else f"{size / 1e6:.1f} MB"
