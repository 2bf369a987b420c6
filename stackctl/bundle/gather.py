"""Look at everything that a bundle can hold. What cannot be had is named, and never ends the rest."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from stackctl.bundle.asking import Asking
from stackctl.bundle.learn import learn
from stackctl.bundle.manifest import Gap, Told, told
from stackctl.bundle.parts import PARTS
from stackctl.bundle.tails import last_lines, previous_lines, share_of

if TYPE_CHECKING:
    from stackctl.bundle.subject import Sight, Subject

PATIENCE = 120.0  # seconds for one file: an engine that hangs must not keep the bundle from being written
LOGS, PREVIOUS = "logs", "logs/previous"


@dataclass(frozen=True)
class Raw:
    """What will be a file: its name, what it is for people, and its value before it is scrubbed."""

    name: str
    about: str
    value: Any


@dataclass(frozen=True)
class Gathered:
    """What was seen, what was not, and what to know about it."""

    files: tuple[Raw, ...]
    missing: tuple[Gap, ...]
    notes: tuple[str, ...]


def gather(subject: Subject) -> Gathered:
    """Give everything that can be seen of a subject. Never raises for what is broken there."""
    asking = Asking()
    sight = learn(subject, asking)
    asked: list[tuple[str, str, Future[Any]]] = [
        (part.name, part.about, asking(partial(part.take, sight))) for part in PARTS
    ]
    asked += _logs(sight, asking)
    files: list[Raw] = []
    missing: list[Gap] = []
    for name, about, answer in asked:
        try:
            files.append(Raw(name, about, answer.result(PATIENCE)))
        except TimeoutError:
            missing.append(Gap(name, about, Told(4, "engine-unreachable", f"no answer within {PATIENCE:.0f} s")))
        except Exception as error:  # whatever broke there: the rest of the bundle may still say why
            missing.append(Gap(name, about, told(error)))
    _previous(sight, files, missing)
    return Gathered(tuple(files), tuple(missing), tuple(sight.gaps))


def _logs(sight: Sight, asking: Asking) -> list[tuple[str, str, Future[Any]]]:
    if sight.containers.exception():
        return [(f"{LOGS}/", "the last lines of each container", sight.containers)]
    found = sight.containers.result()
    share = share_of(len(found))
    return [
        (f"{LOGS}/{item.name}.jsonl", f"the last lines of {item.name}", asking(partial(last_lines, sight, item, share)))
        for item in found
    ]


def _previous(sight: Sight, files: list[Raw], missing: list[Gap]) -> None:
    about = "the last lines of a container that was removed"
    try:
        found = previous_lines(sight)
    except Exception as error:
        missing.append(Gap(f"{PREVIOUS}/", about, told(error)))
        return
    files += [Raw(f"{PREVIOUS}/{name}.jsonl", about, rows) for name, rows in found.items()]
