"""What the engine tells as it happens: logs. The streaming part of the door."""

from __future__ import annotations

from stackctl.engine.environment import allowed
from stackctl.engine.logstream import LogQuery, LogStream
from stackctl.engine.reading import Reading
from stackctl.engine.stream import ApiStream
from stackctl.engine.wire import dial


class Watching(Reading):
    """Opens streams."""

    _host = ""

    def logs(self, container: str, query: LogQuery) -> LogStream:
        """See Engine.logs."""
        path = query.path(container)
        self.on_command(f"GET {path}")
        self._host = self._host or self.address().host
        return LogStream(ApiStream(dial(self._host, allowed(self.shell)), path))
