"""Main: puts the app together."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from opentelemetry.trace import Tracer
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core_app import cache, logs, metrics, problems, settings, store, tracing
from core_app.calls import Calls
from core_app.items import Items
from core_app.model import Invalid
from core_app.observe import Observe
from core_app.ready import Ready

# The doors keep the same deadline and name the error; this one catches a door that does not keep it.
READY_SLACK = 0.5


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Doors:
    """All that the app touches outside itself. Tests build it from fakes."""

    store: store.Store
    cache: cache.Cache
    metrics: metrics.Metrics
    tracer: Tracer
    deadline: float
    close: Callable[[], Awaitable[None]] = _nothing


def build(doors: Doors) -> Starlette:
    """Given doors, an app that reads no environment and no file."""

    async def render(request: Request) -> Response:
        page, content_type = doors.metrics.render(request.headers.get("accept", ""))
        # As a header: Starlette would add a second charset to a type that it is given as one.
        return Response(page, headers={"content-type": content_type})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await doors.close()

    ready = Ready({"mongodb": doors.store.ping, "redis": doors.cache.ping}, doors.deadline + READY_SLACK)
    items = Items(doors.store, doors.cache, doors.metrics)
    return Starlette(
        routes=[*items.routes(), *ready.routes(), Route("/metrics", render)],
        middleware=[Middleware(Observe, metrics=doors.metrics, tracer=doors.tracer)],
        exception_handlers={
            HTTPException: problems.on_http,
            Invalid: problems.on_invalid,
            store.StoreUnavailable: problems.on_unavailable,
        },
        lifespan=lifespan,
    )


def create_app() -> Starlette:
    """The app as it runs in its container; uvicorn calls this, again after each reload."""
    config = settings.load(os.environ)
    logs.configure(config.log_level)
    traced = tracing.start(os.environ)
    counted = metrics.Metrics()
    calls = Calls(counted, traced.tracer)
    mongo = store.connect(config.mongodb, config.deadline)
    redis = cache.connect(config.redis, config.deadline)

    async def close() -> None:
        await redis.aclose()
        await mongo.close()
        traced.stop()

    return build(
        Doors(
            store.MongoStore(mongo, config.mongodb_database, calls, config.deadline),
            cache.RedisCache(redis, calls, config.cache_ttl, config.deadline),
            counted,
            traced.tracer,
            config.deadline,
            close,
        )
    )
