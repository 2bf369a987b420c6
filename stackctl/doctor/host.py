"""The door to this machine: ports and who holds them, disk, memory, files, clock. Tests pass a fake."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from stackctl.engine.net import NameState, PortState
    from stackctl.stack.model import Port

FileKind = Literal["file", "directory", "other", "unknown"]


@dataclass(frozen=True)
class FileFacts:
    """What is at a path. `unknown`: something may be there, and we may not look. `empty` is for folders.

    `written` is the last change of content, name or mode, which no program can set back.
    """

    kind: FileKind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    readable: bool = True
    writable: bool = True
    empty: bool = False
    written: datetime | None = None


@dataclass(frozen=True)
class Process:
    """Who holds a port. Only the program's name: its arguments may hold secrets. No pid: root alone may see it."""

    pid: int | None
    name: str


class Host(Protocol):
    """What the checks ask of this machine. No method raises."""

    def port_state(self, port: Port) -> PortState:
        """Say whether Docker could listen on a published port."""
        ...

    def port_holder(self, port: Port) -> Process | None:
        """Give the process that holds the port, or None where nobody is found."""
        ...

    def free_bytes(self, path: Path) -> int | None:
        """Give the free space of the file system below a path; None where it is not on this machine."""
        ...

    def file(self, path: Path) -> FileFacts | None:
        """Give what is at a path, links followed; None where nothing is."""
        ...

    def available_memory(self) -> int:
        """Give the bytes of memory that programs can still get."""
        ...

    def now(self) -> datetime:
        """Give the wall clock time, in UTC."""
        ...

    def uid(self) -> int:
        """Give the user's number."""
        ...

    def tcp_answers(self, name: str, port: int, timeout: float) -> NameState:
        """Say whether an address accepts a connection within `timeout` seconds."""
        ...

    def resolves(self, name: str, timeout: float) -> bool:
        """Say whether this machine finds an address for a name within `timeout` seconds."""
        ...


class SystemHost:
    """The real machine."""

    def port_state(self, port: Port) -> PortState:
        """See Host.port_state."""
        from stackctl.engine import net

        return net.port_state(port.host_ip, port.published, port.protocol)

    def port_holder(self, port: Port) -> Process | None:
        """See Host.port_holder."""
        from stackctl.doctor.holder import find_holder

        return find_holder(port)

    def free_bytes(self, path: Path) -> int | None:
        """See Host.free_bytes."""
        try:
            import shutil

            return shutil.disk_usage(path).free
        except OSError:
            return None

    def file(self, path: Path) -> FileFacts | None:
        """See Host.file."""
        try:
            facts = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return FileFacts("unknown")
        return FileFacts(
            kind=_kind(facts.st_mode),
            mode=stat.S_IMODE(facts.st_mode),
            uid=facts.st_uid,
            gid=facts.st_gid,
            readable=os.access(path, os.R_OK),
            writable=os.access(path, os.W_OK),
            empty=stat.S_ISDIR(facts.st_mode) and _empty(path),
            written=datetime.fromtimestamp(facts.st_ctime, UTC),
        )

    def available_memory(self) -> int:
        """See Host.available_memory."""
        import psutil

        return int(psutil.virtual_memory().available)

    def now(self) -> datetime:
        """See Host.now."""
        return datetime.now(UTC)

    def uid(self) -> int:
        """See Host.uid."""
        return os.geteuid()

    def tcp_answers(self, name: str, port: int, timeout: float) -> NameState:
        """See Host.tcp_answers."""
        from stackctl.engine import net

        return net.tcp_answers(name, port, timeout)

    def resolves(self, name: str, timeout: float) -> bool:
        """See Host.resolves."""
        from stackctl.engine import net

        return net.resolves(name, timeout)


def _kind(mode: int) -> FileKind:
    if stat.S_ISREG(mode):
        return "file"
    return "directory" if stat.S_ISDIR(mode) else "other"


def _empty(path: Path) -> bool:
    try:
        return next(path.iterdir(), None) is None
    except OSError:
        return False
