"""Cache: copies of items for a while. A cache that is away costs time and never an answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core_app.calls import Calls
from core_app.model import Item
from core_app.settings import Login

GONE = ""
GONE_SECONDS = 5


class CacheUnavailable(Exception):
    """The cache did not answer in time; the message names the kind of error and no address or value."""


class Cache(Protocol):
    async def get(self, item_id: str) -> Item | None: ...
    async def put(self, item: Item) -> None: ...
    async def forget(self, item_id: str) -> None: ...
    async def ping(self) -> None: ...


class RedisCache:
    def __init__(self, client: Redis, calls: Calls, ttl: int, deadline: float) -> None:
        self._client = client
        self._calls = calls
        self._ttl = ttl
        self._deadline = deadline

    async def get(self, item_id: str) -> Item | None:
        async with self._call("GET"):
            text = await self._client.get(_key(item_id))
        if not text:
            return None
        try:
            return Item.from_json(json.loads(text))
        except (KeyError, TypeError, ValueError):
            return None  # written by another version of this app: read it again from the store

    async def put(self, item: Item) -> None:
        """Only where no entry is: the mark that `forget` leaves must win over a slow reader's old copy."""
        async with self._call("SET"):
            await self._client.set(_key(item.id), json.dumps(item.to_json()), ex=self._ttl, nx=True)

    async def forget(self, item_id: str) -> None:
        """Leaves an empty mark for some seconds rather than deleting the key.

        Else a reader that fetched the item just before its deletion would put it back for a whole TTL.
        """
        async with self._call("SET"):
            await self._client.set(_key(item_id), GONE, ex=GONE_SECONDS)

    async def ping(self) -> None:
        async with self._call("PING"):
            await self._client.ping()

    @asynccontextmanager
    async def _call(self, operation: str) -> AsyncIterator[None]:
        try:
            with self._calls.call("redis", operation, "item"):
                async with asyncio.timeout(self._deadline):
                    yield
        except (RedisError, OSError, TimeoutError) as error:
            raise CacheUnavailable(type(error).__name__) from error


def connect(login: Login, deadline: float) -> Redis:
    """A client that connects at its first command.

    One retry without a pause mends a connection that a restarted Redis closed; the library's own default waits
    through three growing pauses, longer than any deadline here.
    """
    return Redis(
        host=login.host,
        port=login.port,
        username=login.user,
        password=login.password,
        socket_connect_timeout=deadline,
        socket_timeout=deadline,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
        client_name="core",
    )


def _key(item_id: str) -> str:
    return f"item:{item_id}"
