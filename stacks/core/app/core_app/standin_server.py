"""Stand-in server: the endpoints that every stack asks for, on each of its ports."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import uvicorn
from opentelemetry.trace import Tracer
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core_app import logs, problems, tracing
from core_app.metrics import Metrics
from core_app.observe import Observe
from core_app.ready import Check, Ready
from core_app.standin import VERSION, Standin, StandinError

log = logging.getLogger(__name__)

Close = Callable[[], Awaitable[None]]

DEADLINE = 2.0
GRACE_SECONDS = 5
OTLP_GRPC, OTLP_HTTP = ":4317", ":4318"


def build(settings: Standin, checks: dict[str, Check], metrics: Metrics, tracer: Tracer, close: Close) -> Starlette:
    """The app, given what looks after its stores."""

    async def health(request: Request) -> Response:
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return JSONResponse({"status": "healthy", "version": VERSION, "timestamp": now})

    async def about(request: Request) -> Response:
        return JSONResponse({"name": settings.name, "standin": True, "features": dict(settings.features)})

    async def page(request: Request) -> Response:
        text, content_type = metrics.render(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})

    async def debug(request: Request) -> Response:
        level = logging.getLevelName(logging.getLogger("core_app").getEffectiveLevel()).lower()
        return JSONResponse({"name": settings.name, "ports": list(settings.ports), "log_level": level})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        on = sorted(key for key, given in settings.features.items() if given)
        off = sorted(set(settings.features) - set(on))
        log.info("started", extra={"standin": settings.name, "ports": list(settings.ports), "on": on, "off": off})
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close)
            yield

    ready = Ready(checks, DEADLINE + 0.5)
    return Starlette(
        routes=[
            Route("/", about),
            Route("/health", health),
            Route("/api/v1/health", health),
            Route("/ready", ready.ready),
            Route("/metrics", page),
            Route("/debug/info", debug),
        ],
        middleware=[Middleware(Observe, metrics=metrics, tracer=tracer)],
        exception_handlers={HTTPException: problems.on_http},
        lifespan=lifespan,
    )


def serve(settings: Standin) -> int:
    """Listen until SIGTERM and end with 0. Raises StandinError where a port cannot be had."""
    logs.configure(settings.level)
    traced = tracing.start(over_http(os.environ))
    checks, close_stores = _stores(settings)

    async def close() -> None:
        await close_stores()
        traced.stop()

    app = build(settings, checks, Metrics(), traced.tracer, close)
    try:
        sockets = [socket.create_server((settings.host, port)) for port in settings.ports]
    except OSError as error:
        raise StandinError(f"cannot listen on {settings.host}: {error.strerror}") from error
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGUSR1, _say_more)
    signal.signal(signal.SIGUSR2, _count_objects)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    uvicorn.Server(config).run(sockets=sockets)
    return 0


def over_http(environ: MutableMapping[str, str]) -> MutableMapping[str, str]:
    """The environment with an OTLP endpoint of gRPC's port moved to that of HTTP: this app speaks no gRPC."""
    key = "OTEL_EXPORTER_OTLP_ENDPOINT"
    if environ.get(key, "").rstrip("/").endswith(OTLP_GRPC):
        environ[key] = environ[key].rstrip("/").removesuffix(OTLP_GRPC) + OTLP_HTTP
    return environ


def _stores(settings: Standin) -> tuple[dict[str, Check], Close]:
    checks: dict[str, Check] = {}
    closers: list[Close] = []
    if settings.mongodb:
        from pymongo import AsyncMongoClient

        milliseconds = int(DEADLINE * 750)
        mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            settings.mongodb,
            appname=settings.name,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            retryWrites=False,
        )

        async def ping_mongo() -> None:
            await mongo.admin.command("ping")

        checks["mongodb"] = ping_mongo
        closers.append(mongo.close)
    if settings.redis:
        from redis.asyncio import Redis

        cache = Redis.from_url(settings.redis, socket_connect_timeout=DEADLINE, socket_timeout=DEADLINE)

        async def ping_redis() -> None:
            await cache.ping()

        checks["redis"] = ping_redis
        closers.append(cache.aclose)

    async def close() -> None:
        await asyncio.gather(*(closer() for closer in closers), return_exceptions=True)

    return checks, close


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)  # uvicorn raises the signal again after a clean stop; a container that was asked to stop says 0


def _say_more(number: int, frame: FrameType | None) -> None:
    """USR1: debug lines on, or off again."""
    app = logging.getLogger("core_app")
    app.setLevel(logging.INFO if app.level == logging.DEBUG else logging.DEBUG)
    log.info("log level changed", extra={"log_level": logging.getLevelName(app.level).lower()})


def _count_objects(number: int, frame: FrameType | None) -> None:
    """USR2: what the heap holds, by type, as a log line."""
    counts = Counter(type(item).__name__ for item in gc.get_objects())
    log.info("heap", extra={"objects": dict(counts.most_common(10))})
