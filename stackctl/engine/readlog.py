"""Reading one log from its beginning to its end, waiting for it: the simple way for whoever does not merge."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.door import Engine
    from stackctl.engine.logstream import LogQuery, RawLine


def read_log(engine: Engine, container: str, query: LogQuery) -> Iterator[RawLine]:
    """Give the lines of a container's log: stamp, stream (1 out, 2 err), text; never the whole of it at once.

    Raises ApiRefused where there is no such container or its log driver cannot be read, EngineError.
    """
    with closing(engine.logs(container, query)) as reader, selectors.DefaultSelector() as waiting:
        waiting.register(reader, selectors.EVENT_READ)
        while not reader.ended:
            waiting.select()
            yield from reader.take()
