"""A port of a container on 127.0.0.1 of this machine, whether or not it is published."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

CHUNK = 1 << 16
CONNECT_SECONDS = 1.0

# Runs in a container that shares the network of the service: what comes in goes to the port, and back. The service may
# listen on its loopback address alone, in either family, or on its own name alone.
RELAY = """
import os, socket, sys, threading
for host in ("127.0.0.1", "::1", socket.gethostname()):
    try:
        peer = socket.create_connection((host, int(sys.argv[1])), 5)
        break
    except OSError:
        pass
else:
    sys.exit(1)
peer.settimeout(None)
def up():
    while data := os.read(0, 65536):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := peer.recv(65536):
    while data:
        data = data[os.write(1, data):]
"""


@dataclass(frozen=True)
class Route:
    """Two ways to the service: an address that this machine reaches, and a command whose streams are a connection.

    Each may be missing.
    """

    address: tuple[str, int] | None
    relay: tuple[str, ...]


Find = Callable[[], "Route | None"]
Opened = Callable[[str, int], None]


class Forwarder:
    """Listens on 127.0.0.1 and passes every connection on. `find` gives the route, and is asked again when it fails."""

    def __init__(self, find: Find, env: Mapping[str, str], on_problem: Callable[[str], None]) -> None:
        self._find = find
        self._env = dict(env)
        self._on_problem = on_problem
        self._route: Route | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, local: int, wanted: bool, opened: Opened) -> None:
        """Listen until cancelled; `opened` gets the address. Another free port is taken unless this one is `wanted`.

        Raises OSError where the wanted port is taken or not allowed.
        """
        try:
            server = await asyncio.start_server(self._accept, "127.0.0.1", local)
        except OSError as error:
            if wanted or error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            opened(*server.sockets[0].getsockname()[:2])
            try:
                await server.serve_forever()
            finally:
                for task in self._connections:
                    task.cancel()
                await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._pass_on(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side has gone: that is how connections end
        finally:
            self._connections.discard(task)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        route = self._route or await asyncio.to_thread(self._find)
        peer = await _connect(route)
        if peer is None and self._route is not None and self._route.address:  # its container may have been replaced
            route = await asyncio.to_thread(self._find)
            peer = await _connect(route)
        if route is not None and peer is not None:
            self._route = route
            await asyncio.gather(_pump(reader, peer[1]), _pump(peer[0], writer))
        elif route is not None and route.relay and await self._relay(reader, writer, route.relay):
            self._route = replace(route, address=None)  # it listens where only its own network reaches
        else:
            self._route = None
            self._on_problem("nothing answers there: the connection was closed")

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, argv: tuple[str, ...]) -> bool:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=self._env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        up = asyncio.create_task(_pump(reader, process.stdin))
        try:
            passed = await _pump(process.stdout, writer)
            # A docker that had nothing to say and failed has not reached the port; what came in is gone by then.
            return passed > 0 or await process.wait() == 0
        finally:
            up.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _connect(route: Route | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    if route is None or route.address is None:
        return None
    try:
        return await asyncio.wait_for(asyncio.open_connection(*route.address), CONNECT_SECONDS)
    except (OSError, TimeoutError):
        return None


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    """Copy until the source ends, then say so to the sink; give the number of bytes."""
    passed = 0
    with contextlib.suppress(ConnectionError):
        while data := await source.read(CHUNK):
            passed += len(data)
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
        else:
            sink.close()
    return passed
