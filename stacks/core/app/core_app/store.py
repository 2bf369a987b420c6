"""Store: where items live. The protocol is the door that tests put a fake behind; MongoStore is the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, Protocol

from bson import ObjectId
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from core_app.calls import Calls
from core_app.model import Item
from core_app.settings import Login

COLLECTION = "items"
Document = dict[str, Any]


class StoreUnavailable(Exception):
    """The store did not do what it was asked, in time; the message names the kind of error and no address or value."""


class Store(Protocol):
    async def add(self, item: Item) -> None: ...
    async def get(self, item_id: str) -> Item | None: ...
    async def page(self, limit: int, after: str | None) -> list[Item]: ...
    async def remove(self, item_id: str) -> bool: ...
    async def ping(self) -> None: ...


class MongoStore:
    """Only what every MongoDB-compatible server has: no transaction, no TTL index, no $lookup, no validator."""

    def __init__(self, client: AsyncMongoClient[Document], database: str, calls: Calls, deadline: float) -> None:
        self._client = client
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._items = client[database].get_collection(COLLECTION, codec_options=options)
        self._calls = calls
        self._deadline = deadline

    async def add(self, item: Item) -> None:
        async with self._call("insert"):
            await self._items.insert_one(_to_document(item))

    async def get(self, item_id: str) -> Item | None:
        async with self._call("find_one"):
            document = await self._items.find_one({"_id": ObjectId(item_id)})
        return _from_document(document) if document else None

    async def page(self, limit: int, after: str | None) -> list[Item]:
        """Oldest first; an ObjectId opens with its time, so its order needs no index of its own."""
        where = {"_id": {"$gt": ObjectId(after)}} if after else {}
        async with self._call("find"):
            documents = await self._items.find(where).sort("_id", 1).limit(limit).to_list()
        return [_from_document(document) for document in documents]

    async def remove(self, item_id: str) -> bool:
        async with self._call("delete"):
            result = await self._items.delete_one({"_id": ObjectId(item_id)})
        return result.deleted_count == 1

    async def ping(self) -> None:
        """An authenticated round trip: a connection of this client logs in before its first command."""
        async with self._call("ping"):
            await self._client.admin.command("ping")

    @asynccontextmanager
    async def _call(self, operation: str) -> AsyncIterator[None]:
        try:
            # One deadline for all of it: connecting, choosing a server, logging in, and the command itself.
            with self._calls.call("mongodb", operation, COLLECTION):
                async with asyncio.timeout(self._deadline):
                    yield
        except (PyMongoError, TimeoutError) as error:
            raise StoreUnavailable(type(error).__name__) from error


def connect(login: Login, deadline: float) -> AsyncMongoClient[Document]:
    """A client that connects at its first command, so that the app starts, and says 503, while MongoDB is away."""
    # Earlier than the deadline around each call, whose bare TimeoutError would hide what went wrong.
    milliseconds = int(deadline * 750)
    return AsyncMongoClient(
        host=login.host,
        port=login.port,
        username=login.user,
        password=login.password,
        authSource="admin",
        appname="core",
        serverSelectionTimeoutMS=milliseconds,
        connectTimeoutMS=milliseconds,
        # One server and no replica set: a retried write needs a session that a standalone server cannot give.
        retryWrites=False,
    )


def new_id() -> str:
    return str(ObjectId())


def is_id(text: str) -> bool:
    return ObjectId.is_valid(text) and len(text) == 24


def _to_document(item: Item) -> Document:
    return {
        "_id": ObjectId(item.id),
        "name": item.name,
        "quantity": item.quantity,
        "tags": list(item.tags),
        "created_at": item.created_at,
    }


def _from_document(document: Document) -> Item:
    return Item(
        str(document["_id"]),
        document["name"],
        document["quantity"],
        tuple(document["tags"]),
        document["created_at"],
    )
