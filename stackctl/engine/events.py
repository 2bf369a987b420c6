"""What happens to containers, as the engine tells it: text lines of `docker events` into values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stackctl.engine.values import PROJECT_LABEL

# What can change how a container stands. The start and end of each health check (`exec_*`) are left out: with fast
# probes they are several lines per second and container, and the change that they lead to is `health_status`.
ACTIONS = (
    "create",
    "start",
    "restart",
    "die",
    "oom",
    "pause",
    "unpause",
    "health_status",
    "rename",
    "destroy",
)
# A stream that nobody ends (we were killed) ends by itself after this long; one that is still wanted is opened again.
STREAM_SECONDS = 60.0
# The engine keeps its last 256 events: what happened while the stream was being opened is told as well.
REPLAY_SECONDS = 1.0
_FORMAT = "{{.Actor.ID}} {{.TimeNano}} {{.Action}}"


@dataclass(frozen=True)
class EngineEvent:
    """One thing that happened to a container: its id, when (UTC, the engine's clock), what, and a health's new word."""

    container: str
    at: datetime
    action: str
    health: str = ""


def events_words(project: str, now: datetime) -> tuple[str, ...]:
    """Give the words after `docker` that follow a project's containers from `now` on."""
    begin, end = now - timedelta(seconds=REPLAY_SECONDS), now + timedelta(seconds=STREAM_SECONDS)
    wanted = [word for action in ACTIONS for word in ("--filter", f"event={action}")]
    label = f"label={PROJECT_LABEL}={project}"
    spans = ("--since", _stamp(begin), "--until", _stamp(end))
    return ("events", *spans, "--filter", "type=container", "--filter", label, *wanted, "--format", _FORMAT)


def parse_event(line: str) -> EngineEvent | None:
    """Read one line; None for what is no event (a warning of the client)."""
    words = line.split(maxsplit=2)
    if len(words) != 3 or not words[1].isdecimal():
        return None
    action, _colon, detail = words[2].strip().partition(": ")
    at = datetime.fromtimestamp(int(words[1]) / 1e9, UTC)
    return EngineEvent(words[0], at, action, detail if action == "health_status" else "")


def _stamp(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"
