"""What a driver knows about saving a service's data, as values: scripts for helper containers, and how to judge them.

Nothing runs here. A `Helper` is a container that does one thing; a `Walk` reads a payload as it passes and proves that
it is whole: a pipe that ends early looks like one that is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Counts = Mapping[str, int]
Consistency = Literal["point-in-time", "quiesced", "fuzzy"]

# The hidden folder in a store where a restore keeps what comes and what goes; no backup contains it.
SIDE = ".stackctl-restore"


class Damaged(Exception):
    """A payload is not whole, or not what it says it is; the text is the reason."""


@dataclass(frozen=True)
class Helper:
    """A container to run: a script, where it runs, what it may reach.

    `image` is the `tools` image or the service's own, whose tools fit its data. `network` joins the service's, `store`
    mounts its data at /store, `login` sends the login as the first line of the input, `variables` are no secrets. With
    `unpacks` it takes a payload in zstd as it is stored: docker hands input on by copying it several times, which took
    half of a restore.
    """

    script: str
    program: Literal["sh", "python3"] = "sh"
    image: Literal["tools", "service"] = "tools"
    network: bool = False
    store: Literal["", "ro", "rw"] = ""
    login: bool = False
    unpacks: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What a payload that was read to its end says of itself.

    `facts` are kept in the manifest. `digests` of the content, by the names of the counts, are what a dump of a server
    that it was restored into must have again; files have none.
    """

    counts: Counts = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


class Walk(Protocol):
    """Reads a payload as it passes."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises Damaged where they cannot follow."""
        ...

    def end(self) -> Proof:
        """Give the proof. Raises Damaged where the payload is not whole."""
        ...


@dataclass(frozen=True)
class Subject:
    """The service that is saved: its name, its container's variables without secrets, its data path, what `look` said.

    `side` is a word of its own for names that a restore makes beside the live ones, `words` are those its server is
    started with, as far as they matter, `exchanging` says whether what is staged may have begun to be put in place,
    `quiet` that who writes to it is held still.
    """

    service: str
    target: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    live: bool = True
    side: str = ""
    only: Sequence[str] = ()
    words: Sequence[str] = ()
    exchanging: bool = True
    quiet: bool = False


@dataclass(frozen=True)
class Trial:
    """A scratch server over a restored store: its words and variables (no secrets), and what asks it.

    `ready` fails until it answers, `count` then gives what it has, in the words of the saved counts. `root` says that
    it runs as root: who owns the files is not its image's choice alone, and nobody gives up root in its place.
    """

    ready: Helper
    count: Helper
    words: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    root: bool = False


class Saver(Protocol):
    """How one kind of data is saved. `suffix` ends the payload's name: `<service>.<suffix>.zst`."""

    kind: str
    suffix: str
    online_restore: bool  # the server runs while its data is put in place
    online: bool  # it asks the running server; without one the store is copied as `volume`
    stop: bool  # what uses the store is stopped for the copy
    tool: str
    why: str  # worth telling in a plan, mostly empty

    def look(self, subject: Subject) -> Helper | None:
        """Give the helper that says in JSON what there is before the dump: version, names, settings."""
        ...

    def dump(self, subject: Subject) -> Helper:
        """Give the helper whose output is the payload."""
        ...

    def walk(self) -> Walk:
        """Give a fresh walk over a payload."""
        ...

    def judge(self, subject: Subject, proof: Proof, said: str) -> list[str]:
        """Give what is wrong with a dump that ended well: nothing, or reasons."""
        ...

    def stage(self, subject: Subject) -> Helper:
        """Give the helper that takes a payload as its input and puts it beside the live data."""
        ...

    def again(self, subject: Subject) -> Helper | None:
        """Give the helper that takes a payload once more and fails where what is staged is not the same, or None."""
        ...

    def swap(self, subject: Subject) -> Helper:
        """Give the helper that puts what is staged in the place of the live data, which stays aside."""
        ...

    def undo(self, subject: Subject) -> Helper:
        """Give the helper that brings back what was there, however far staging or swapping got."""
        ...

    def commit(self, subject: Subject) -> Helper:
        """Give the helper that removes what was put aside."""
        ...

    def count(self, subject: Subject) -> Helper | None:
        """Give the helper that counts what is live; None where nobody can."""
        ...

    def login_line(self, password: str) -> bytes:
        """Give the first line of a helper's input."""
        ...

    def own_login(self, subject: Subject) -> Helper | None:
        """Give the helper that sets a login in a restored store before its server starts; None where none is kept."""
        ...

    def enter(self, subject: Subject) -> Helper | None:
        """Give the helper that logs in to the running server and fails where it may not; None where nobody can."""
        ...

    def users(self, *, local: bool) -> str:
        """Say in the manifest what of users and roles is in a payload; `local` is an image without a registry."""
        ...

    def trial(self, subject: Subject, image: str) -> Trial | None:
        """Give how a server of this image is tried on a restored store, None where files are all there is to try."""
        ...

    def differences(self, wanted: Counts, found: Counts) -> list[str]:
        """Give how a count differs from the saved one: nothing, or reasons."""
        ...

    def consistency(self, proof: Proof, *, quiet: bool) -> Consistency:
        """Give the class; `quiet` says that nobody wrote meanwhile."""
        ...


class Replaying(Saver, Protocol):
    """A saver whose payloads may hold what was written meanwhile, to be replayed before they are put in place."""

    def replays(self, facts: Mapping[str, Any]) -> int:
        """Give how many writes the payload with this proof holds beside its data; 0 where nothing is replayed."""
        ...

    def replay(self, subject: Subject) -> Helper:
        """Give the helper that takes a payload as its input and puts it, with the writes, into an empty server."""
        ...

    def replayed_wrong(self, saved: Counts, facts: Mapping[str, Any], found: Counts) -> list[str]:
        """Give how a server after the replay differs from what the payload allows: nothing, or reasons."""
        ...
