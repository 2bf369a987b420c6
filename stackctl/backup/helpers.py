"""Running helper containers: labelled, without network or rights that they do not need, removed whatever happens."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stackctl.engine.helper import IMAGE as TOOLS
from stackctl.engine.helper import LABEL
from stackctl.engine.values import PROJECT_LABEL, SERVICE_LABEL
from stackctl.errors import BackupFailed

if TYPE_CHECKING:
    from stackctl.engine.door import Pipe
    from stackctl.lifecycle.world import World
    from stackctl.services.saving.base import Helper

# An image that Compose built carries its project's labels, and a helper from it would pass for one of the services.
NO_SERVICE = ("--label", f"{PROJECT_LABEL}=", "--label", f"{SERVICE_LABEL}=")


@dataclass(frozen=True)
class Seat:
    """Where a helper works: the project, the service's container and image, its store (volume name or path), login."""

    project: str
    service: str
    container: str = ""
    image: str = ""
    store: str = ""
    user: str = ""
    login: bytes = field(default=b"\n", repr=False)


class Running:
    """A helper at work."""

    def __init__(self, world: World, name: str, pipe: Pipe) -> None:
        self._world = world
        self._name = name
        self.pipe = pipe
        self.ended = False

    def wait(self) -> int:
        """Give its exit code."""
        code = self.pipe.wait()
        self.ended = True
        return code

    def end(self) -> None:
        """End it, and remove its container where it has not ended by itself."""
        self.pipe.stop()
        if not self.ended:
            self._world.engine.run(("rm", "--force", "--volumes", self._name))


@contextlib.contextmanager
def start(world: World, helper: Helper, seat: Seat, *, more: bool = False) -> Iterator[Running]:
    """Start a helper; it is gone at the end of the block. With `more` its input stays open."""
    name = f"stackctl-{seat.project}-{world.entropy.take(4).hex()}"
    first = seat.login if helper.login else None
    running = Running(world, name, world.engine.pipe(argv(helper, seat, name, more=more), first=first, more=more))
    try:
        yield running
    finally:
        running.end()


def ask(world: World, helper: Helper, seat: Seat) -> Any:
    """Run a helper to its end and give the JSON that it prints, None for nothing. Raises BackupFailed."""
    with start(world, helper, seat) as running:
        said = bytearray()
        while data := running.pipe.read():
            said += data
        code = running.wait()
        if code != 0:
            raise failed(seat.service, code, running.pipe.said())
    text = bytes(said).strip().splitlines()
    try:
        return json.loads(text[-1]) if text else None
    except ValueError as error:
        raise BackupFailed(f"{seat.service} did not give a sensible answer about its data") from error


def argv(helper: Helper, seat: Seat, name: str, *, more: bool) -> Sequence[str]:
    """Give the words after `docker`."""
    words = ["run", "--rm", "--name", name, "--label", f"{LABEL}={seat.project}", "--log-driver", "none", *NO_SERVICE]
    words += ["--pull", "never", "--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL", "--user", "0:0"]  # noqa: S108
    words += ["--security-opt", "no-new-privileges", "--network"]
    words += [f"container:{seat.container}" if helper.network else "none"]
    for capability in helper.capabilities:
        words += ["--cap-add", capability]
    if helper.store:
        words += ["--volume", f"{seat.store}:/store:{helper.store}"]
    variables: Mapping[str, str] = {**helper.variables, **({"SAVE_USER": seat.user} if seat.user else {})}
    for key, value in variables.items():
        words += ["--env", f"{key}={value}"]
    words += ["--interactive"] if helper.login or more else []
    words += ["--entrypoint", helper.program, seat.image if helper.image == "service" else TOOLS]
    return [*words, "-c", helper.script]


def failed(service: str, code: int, said: str) -> BackupFailed:
    """Give the error of a helper, in its own last words."""
    # mongorestore ends with how many documents "failed to restore", none of them too: no reason.
    lines = [line.strip() for line in said.splitlines() if line.strip() and "failed to restore" not in line]
    reason = next((line for line in reversed(lines) if "error" in line.lower() or "fail" in line.lower()), "")
    reason = reason or (lines[-1] if lines else f"exit code {code}")
    if any(words in said.lower() for words in ("no space left", "disk is full")):
        return BackupFailed(f"{service}: no space left: {reason}", "free space: docker system df", code="disk-full")
    # mongodump's own reasons: it rolled over or could not be read, or collections are renamed or moved meanwhile.
    oplog = "try again, give the server a larger oplog, or hold what writes to it still: stackctl backup --quiesce"
    hint = oplog if "oplog" in reason.lower() else "look at the service: stackctl status"
    return BackupFailed(f"{service}: {reason} (exit code {code})", hint)


def sweep(world: World, project: str) -> int:
    """Remove helpers that a killed run left. Only under the lock: then none of them can be somebody's."""
    outcome = world.engine.run(("ps", "--all", "--quiet", "--filter", f"label={LABEL}={project}"))
    ids = outcome.out.split()
    if ids:
        world.engine.run(("rm", "--force", "--volumes", *ids))
    volumes = world.engine.run(("volume", "ls", "--quiet", "--filter", f"label={LABEL}={project}")).out.split()
    if volumes:
        world.engine.run(("volume", "rm", "--force", *volumes))
    return len(ids)
