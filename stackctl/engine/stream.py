"""A request to the engine's API whose answer goes on and on: logs, events.

HTTP/1.0 on purpose: the engine then sends the body as it is and hangs up at its end. In 1.1 each line would come as a
chunk of its own inside the frame that it already is.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.wire import Wire

# As much as a Unix socket holds by default; more at once is not there.
READ_BYTES = 256 * 1024
_HEAD_END = b"\r\n\r\n"


class ApiRefused(EngineError):
    """The engine answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the Docker engine says: {message}", "see: stackctl status")
        self.status = status


class ApiStream:
    """The answer to one GET. Never blocks: `receive` gives what has come."""

    def __init__(self, wire: Wire, path: str) -> None:
        self._wire = wire
        self._head: bytes | None = b""
        self._status = 200
        self.content_type = ""
        self.ended = False
        wire.send(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        os.set_blocking(wire.fileno(), False)

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._wire.fileno()

    def close(self) -> None:
        """Hang up."""
        self.ended = True
        self._wire.close()

    def receive(self) -> bytes:
        """Give the bytes of the body that have come since; sets `ended` at its end. Raises ApiRefused."""
        data = self._wire.receive(READ_BYTES)
        if data is None:
            return b""
        if not data:
            self.ended = True
        if self._head is None:
            return data
        self._head += data
        head, found, body = self._head.partition(_HEAD_END)
        if not found:
            return b""
        self._read_head(head)
        if self._status >= 400:
            if self.ended:
                raise ApiRefused(self._status, _reason(body))
            return b""
        self._head = None
        return body

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        self._status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 500
        for line in lines:
            name, _colon, value = line.partition(":")
            if name.lower() == "content-type":
                self.content_type = value.strip()


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()[:200] or "no reason given"
