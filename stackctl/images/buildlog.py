"""The full text of each build, kept under `.stackctl/build/` so that a failure can be read to its beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from stackctl.errors import ConfigError
from stackctl.workspace.files import PRIVATE_FILE, Files
from stackctl.workspace.home import scratch

LOG_END = 20000
_FAILED = re.compile(r"failed to solve|^ERROR\b|\bERROR: ", re.MULTILINE)


class BuildLog(Protocol):
    """One open log."""

    @property
    def path(self) -> Path:
        """Give the place, for the hint of an error."""
        ...

    def write(self, line: str) -> None:
        """Add a line."""
        ...


OpenLog = Callable[[str], AbstractContextManager[BuildLog]]
"""Opens the log of an image by its recipe's or service's name; an older log of that name is replaced."""


class _DiskLog:
    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)  # a link planted there must not be followed
        path.touch(PRIVATE_FILE, exist_ok=False)
        self._stream = path.open("w", encoding="utf-8", errors="replace", buffering=1)

    @property
    def path(self) -> Path:
        return self._path

    def write(self, line: str) -> None:
        self._stream.write(line if line.endswith("\n") else f"{line}\n")

    def close(self) -> None:
        self._stream.close()


def last_log(root: Path, files: Files, service: str) -> str:
    """Give the end of the kept log of a service's last build where that build failed, else nothing.

    Services that are built together share one log, which is named after all of them.
    """
    folder = scratch(root, "build")
    mine = re.compile(rf"(?:^|-){re.escape(service)}(?:-|\.log$)")
    paths = [folder / name for name in files.names(folder) if mine.search(name)]
    for path in sorted(paths, key=lambda item: item.stat().st_mtime, reverse=True):
        text = (files.read(path) or b"").decode("utf-8", "replace")[-LOG_END:]
        return text if _FAILED.search(text) else ""
    return ""


def disk_logs(root: Path, files: Files) -> OpenLog:
    """Give the function that opens logs in `.stackctl/build/` of a folder. It raises ConfigError."""

    @contextmanager
    def open_log(name: str) -> Iterator[BuildLog]:
        path = scratch(root, "build", files) / f"{name}.log"
        try:
            log = _DiskLog(path)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}", "check owner and free space") from error
        try:
            yield log
        finally:
            log.close()

    return open_log
