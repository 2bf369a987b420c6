"""Records into a file: NDJSON, compressed by the file's name, there only when it is whole."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from stackctl.errors import ConfigError, Refused
from stackctl.logs.json_lines import json_lines
from stackctl.workspace.codec import zstd
from stackctl.workspace.files import PRIVATE_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.logs.record import Record


class Export:
    """An export that is being written beside its place; `finish` puts it there, `drop` removes it."""

    def __init__(self, path: Path, *, replace: bool) -> None:
        if path.exists() and not replace:
            raise Refused(f"{path} exists already", "choose another name, or replace it: --yes")
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
        self.count = 0
        try:
            self._raw = _create(self._partial)
            self._stream = _packed(self._raw, path.suffix)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}", "check the folder") from error

    def __call__(self, records: Sequence[Record]) -> None:
        """Add records."""
        self.count += len(records)
        try:
            self._stream.write(json_lines(records))
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written: {error.strerror}", "free some space") from error

    def finish(self) -> None:
        """Put the file in its place."""
        self._close()
        self._partial.replace(self._path)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._close()
        self._partial.unlink(missing_ok=True)

    def _close(self) -> None:
        self._stream.close()
        self._raw.close()  # whoever packs does not own what it writes to


def _create(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    return os.fdopen(descriptor, "wb")


def _packed(stream: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0))
    if suffix == ".zst":
        return cast("IO[bytes]", zstd().open(stream, "wb"))
    return stream
