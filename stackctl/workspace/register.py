"""The machine's register of instances: who has which block of host ports, and which checkout is whose copy.

One file under $STACKCTL_HOME, written under one lock: two instances of any project on this machine never get the same
port. Nothing here looks at sockets; the caller says whether a port is free.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError, Misuse, Refused
from stackctl.workspace.lock import locked

if TYPE_CHECKING:
    from stackctl.workspace.clock import Clock
    from stackctl.workspace.files import Files

SCHEMA = 1
FILE = "instances.json"
LOCK = "instances.lock"
RANGE = "STACKCTL_PORT_RANGE"
BLOCK = "STACKCTL_PORT_BLOCK"
# Below the ports that the kernel hands out by itself (32768 and up on Linux), above those of well-known services.
FIRST, LAST, SIZE = 21000, 24999, 50
LOCK_SECONDS = 30.0


@dataclass(frozen=True)
class Checkout:
    """A folder that holds a copy of a repository. `instance` is empty for the first one, which keeps plain ports.

    `named`: the instance stands in the project's name, because another checkout's folder has the same name.
    """

    root: str
    repository: str
    instance: str = ""
    named: bool = False


@dataclass(frozen=True)
class Seat:
    """An instance of one environment and its block of host ports; `variables` are the ports given to variables."""

    project: str
    root: str
    stack: str
    env: str
    instance: str
    first: int
    size: int
    created: str
    variables: Mapping[str, int] = field(default_factory=dict)

    @property
    def ports(self) -> range:
        """Give the block."""
        return range(self.first, self.first + self.size)


@dataclass(frozen=True)
class Register:
    """All of it."""

    checkouts: tuple[Checkout, ...] = ()
    seats: tuple[Seat, ...] = ()

    def seat(self, project: str) -> Seat | None:
        """Give the seat of a project."""
        return next((seat for seat in self.seats if seat.project == project), None)

    def checkout(self, root: Path) -> Checkout | None:
        """Give what is known of a folder."""
        return next((item for item in self.checkouts if item.root == str(root)), None)

    def with_seat(self, seat: Seat) -> Register:
        """Give the register with this seat, in the place of an older one of the project."""
        return replace(self, seats=(*(item for item in self.seats if item.project != seat.project), seat))

    def with_checkout(self, checkout: Checkout) -> Register:
        """Give the register with this folder."""
        return replace(self, checkouts=(*(item for item in self.checkouts if item.root != checkout.root), checkout))

    def without(self, project: str) -> Register:
        """Give the register without a project's seat; its folder is forgotten with its last seat."""
        seats = tuple(item for item in self.seats if item.project != project)
        roots = {seat.root for seat in seats}
        kept = (item for item in self.checkouts if item.root in roots or not item.instance or Path(item.root).is_dir())
        return Register(tuple(kept), seats)


@dataclass(frozen=True)
class Range:
    """The ports that instances share, and how many one gets."""

    first: int = FIRST
    last: int = LAST
    size: int = SIZE


def read_register(home: Path, files: Files) -> Register:
    """Give the register; a damaged one counts as empty here, see `changing`."""
    try:
        return _parsed(files.read(home / FILE))
    except ValueError:
        return Register()


def sound_register(home: Path, files: Files) -> Register:
    """Give the register. Raises ConfigError where it is damaged."""
    try:
        return _parsed(files.read(home / FILE))
    except ValueError as error:
        raise ConfigError(
            f"{home / FILE} is damaged",
            f"it says which ports the instances have: stop them, then: rm {home / FILE}",
            code="register-damaged",
        ) from error


@contextmanager
def changing(home: Path, files: Files, clock: Clock) -> Iterator[tuple[Register, Callable[[Register], None]]]:
    """Hold the register's lock: gives what it says now, and the function that keeps another.

    Raises Refused while another process holds it for too long, ConfigError where it is damaged: to begin anew would
    hand out ports that running instances have.
    """
    with _held(home, clock):
        register = sound_register(home, files)

        def keep(new: Register) -> None:
            if new != register:
                text = {
                    "schema": SCHEMA,
                    "checkouts": [asdict(item) for item in new.checkouts],
                    "seats": [asdict(item) for item in new.seats],
                }
                files.write(home / FILE, json.dumps(text, indent=1).encode())

        yield register, keep


@contextmanager
def _held(home: Path, clock: Clock) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(locked(home / LOCK, "instances", LOCK_SECONDS, clock))
        except Refused as error:
            raise Refused(
                f"the register of instances is held by another command for more than {LOCK_SECONDS:.0f} s "
                f"({error.message.partition(': ')[2]})",
                "end that command, then try again",
                code="busy",
            ) from error
        yield


def port_range(shell: Mapping[str, str]) -> Range:
    """Give the range: STACKCTL_PORT_RANGE (`21000-24999`) and STACKCTL_PORT_BLOCK (50). Raises Misuse."""
    first, _dash, last = shell.get(RANGE, f"{FIRST}-{LAST}").partition("-")
    size = shell.get(BLOCK, str(SIZE))
    if not (first.isdecimal() and last.isdecimal() and size.isdecimal()):
        raise Misuse(f"{RANGE} or {BLOCK} is not understood", f"write for example {RANGE}=21000-24999 {BLOCK}=50")
    found = Range(int(first), int(last), int(size))
    if not (0 < found.first <= found.last <= 65535 and found.size):
        raise Misuse(f"{RANGE} is no range of ports: {first}-{last}", f"write for example {RANGE}=21000-24999")
    return found


def free_block(register: Register, shared: Range, free: Callable[[int], bool]) -> range:
    """Give the first block that no instance has and in which every port is free. Raises Refused where none is left."""
    for first in range(shared.first, shared.last - shared.size + 2, shared.size):
        block = range(first, first + shared.size)
        if not any(_overlap(block, seat.ports) for seat in register.seats) and all(free(port) for port in block):
            return block
    holders = ", ".join(sorted({f"{seat.instance} ({seat.first})" for seat in register.seats})) or "other programs"
    raise Refused(
        f"no {shared.size} ports in a row are left between {shared.first} and {shared.last}: {holders}",
        f"remove an instance: stackctl instances remove NAME; or give another range: {RANGE}=30000-31999",
        code="ports-exhausted",
    )


def free_port(seat: Seat, taken: Sequence[int], free: Callable[[int], bool]) -> int:
    """Give the first port of a seat's block that is not in `taken` and free. Raises Refused where none is left."""
    for port in seat.ports:
        if port not in taken and free(port):
            return port
    raise Refused(
        f"the instance {seat.instance} has used up its {seat.size} ports ({seat.first}–{seat.ports[-1]})",
        f"remove it and start it with more: stackctl instances remove {seat.instance}, then {BLOCK}={2 * seat.size}",
        code="ports-exhausted",
    )


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _parsed(data: bytes | None) -> Register:
    if data is None:
        return Register()
    try:
        raw: dict[str, Any] = json.loads(data)
        checkouts = tuple(Checkout(**item) for item in raw["checkouts"])
        return Register(checkouts, tuple(Seat(**item) for item in raw["seats"]))
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
