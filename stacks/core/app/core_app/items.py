"""Items: the resource. POST, GET (through the cache), list and DELETE."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core_app.cache import Cache, CacheUnavailable
from core_app.metrics import Metrics
from core_app.model import Draft, Invalid, Item
from core_app.store import Store, is_id, new_id

log = logging.getLogger(__name__)

BODY_BYTES = 64 * 1024
PAGE = 20
PAGE_MOST = 100


def _now() -> datetime:
    """MongoDB keeps milliseconds: cut here, so that what POST answers is what GET answers."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Items:
    def __init__(self, store: Store, cache: Cache, metrics: Metrics, now: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._cache = cache
        self._metrics = metrics
        self._now = now

    def routes(self) -> list[Route]:
        return [
            Route("/items", self.create, methods=["POST"]),
            Route("/items", self.page, methods=["GET"]),
            Route("/items/{id}", self.read, methods=["GET"]),
            Route("/items/{id}", self.delete, methods=["DELETE"]),
        ]

    async def create(self, request: Request) -> Response:
        draft = Draft.parse(await _body(request))
        item = Item(new_id(), draft.name, draft.quantity, draft.tags, self._now())
        await self._store.add(item)
        log.info("item created", extra={"item": item.id})
        return JSONResponse(item.to_json(), 201, {"location": f"/items/{item.id}"})

    async def read(self, request: Request) -> Response:
        item_id = _id(request)
        item, result = await self._cached(item_id)
        self._metrics.cache_reads.labels(result).inc()
        if item is None:
            item = await self._store.get(item_id)
            if item is None:
                raise HTTPException(404, f"There is no item {item_id}.", {"x-cache": result})
            if result == "miss":
                await self._keep(item)
        return JSONResponse(item.to_json(), headers={"x-cache": result})

    async def page(self, request: Request) -> Response:
        """Oldest first; `next` is the `after` of the page that follows, or null at the end."""
        limit, after = _page(request)
        items = await self._store.page(limit + 1, after)
        more = len(items) > limit
        items = items[:limit]
        return JSONResponse({"items": [item.to_json() for item in items], "next": items[-1].id if more else None})

    async def delete(self, request: Request) -> Response:
        item_id = _id(request)
        removed = await self._store.remove(item_id)
        try:
            await self._cache.forget(item_id)
        except CacheUnavailable as error:
            log.warning("cache away: a copy of a deleted item may live until its TTL", extra={"reason": str(error)})
        if not removed:
            raise HTTPException(404, f"There is no item {item_id}.")
        log.info("item deleted", extra={"item": item_id})
        return Response(status_code=204)

    async def _cached(self, item_id: str) -> tuple[Item | None, str]:
        try:
            item = await self._cache.get(item_id)
        except CacheUnavailable as error:
            log.warning("cache away: reading from the store", extra={"reason": str(error)})
            return None, "bypass"
        return item, "hit" if item else "miss"

    async def _keep(self, item: Item) -> None:
        try:
            await self._cache.put(item)
        except CacheUnavailable as error:
            log.warning("cache away: item not cached", extra={"reason": str(error)})


async def _body(request: Request) -> object:
    """The decoded JSON body; read piece by piece, because a length header is only a promise."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "Send application/json.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES:
            raise HTTPException(413, f"The body is larger than {BODY_BYTES} bytes.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error


def _id(request: Request) -> str:
    item_id: str = request.path_params["id"]
    if not is_id(item_id):
        raise HTTPException(400, "An item id is 24 hexadecimal digits.")
    return item_id.lower()


def _page(request: Request) -> tuple[int, str | None]:
    limit, after = request.query_params.get("limit", str(PAGE)), request.query_params.get("after")
    problems = []
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10 and 1 <= int(limit) <= PAGE_MOST):
        problems.append(("limit", f"must be a number from 1 to {PAGE_MOST}"))
    if after is not None and not is_id(after):
        problems.append(("after", "must be the id of an item"))
    if problems:
        raise Invalid(problems)
    return int(limit), after
