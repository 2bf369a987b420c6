import asyncio

from starlette.applications import Starlette
from starlette.testclient import TestClient

from core_app.ready import Ready
from tests.unit.core_app.conftest import App


def test_health_asks_nobody(app: App) -> None:
    app.store.away = app.cache.away = True
    assert app.client.get("/health").json() == {"status": "ok"}


def test_ready_when_both_answer(app: App) -> None:
    answer = app.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "not_ready": [], "checks": {"mongodb": "ok", "redis": "ok"}}


def test_not_ready_names_what_is_missing(app: App) -> None:
    app.store.away = True
    answer = app.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["not_ready"] == ["mongodb"]
    assert answer.json()["checks"]["mongodb"] == "ServerSelectionTimeoutError"
    app.cache.away = True
    assert app.client.get("/ready").json()["not_ready"] == ["mongodb", "redis"]


def test_an_unforeseen_error_is_named_by_kind_alone(app: App) -> None:
    app.store.broken = RuntimeError("mongodb://root:secret@mongodb")
    text = app.client.get("/ready").text
    assert "RuntimeError" in text
    assert "secret" not in text


def test_checks_share_one_deadline() -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    ready = Ready({"mongodb": hang, "redis": hang}, deadline=0.05)
    answer = TestClient(Starlette(routes=ready.routes())).get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"mongodb": "no answer within 0.05 s", "redis": "no answer within 0.05 s"}
