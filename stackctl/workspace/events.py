"""How the rooms tell what happens, without printing: one event, one function that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["note", "phase", "service", "image", "data", "finding"]


@dataclass(frozen=True)
class Event:
    """Something happened.

    `note` is a line of prose, `phase` a step of the whole command, `service` and `image` a change of one subject,
    `data` how far a payload is. `state` is a stable word (`waiting`, `ready`, `failed`, `done`, `running`), `elapsed`
    seconds since its start.
    """

    kind: Kind
    text: str
    subject: str = ""
    state: str = ""
    elapsed: float | None = None

    def as_dict(self) -> Mapping[str, object]:
        """Give the event as a line of `--json --stream`."""
        return {
            "event": self.kind,
            "subject": self.subject,
            "state": self.state,
            "text": self.text,
            "elapsed": None if self.elapsed is None else round(self.elapsed, 3),
        }


class Events(Protocol):
    """Takes events."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        ...


def note(text: str) -> Event:
    """Give a line of prose as an event."""
    return Event("note", text)
