import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest
from opentelemetry.trace import NoOpTracer
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from core_app.cache import CacheUnavailable, RedisCache
from core_app.calls import Calls
from core_app.metrics import Metrics
from core_app.model import Item

ITEM = Item("0123456789abcdef01234567", "bolt", 3, ("m8",), datetime(2026, 1, 2, 3, 4, 5, 678000, UTC))


class FakeRedis:
    """As much of Redis as the cache uses; times to live are kept and never run out."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.lives: dict[str, int] = {}
        self.hang = False
        self.away = False

    async def get(self, key: str) -> str | None:
        if self.away:
            raise RedisConnectionError("Error 111 connecting to redis:6379")
        if self.hang:
            await asyncio.sleep(60)
        return self.values.get(key)

    async def set(self, key: str, value: str, ex: int, nx: bool = False) -> None:
        if not (nx and key in self.values):
            self.values[key], self.lives[key] = value, ex


@pytest.fixture
def redis() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def cache(redis: FakeRedis) -> RedisCache:
    return RedisCache(cast("Redis", redis), Calls(Metrics(), NoOpTracer()), ttl=60, deadline=0.05)


def test_an_item_comes_back_as_it_was(cache: RedisCache, redis: FakeRedis) -> None:
    asyncio.run(cache.put(ITEM))
    assert asyncio.run(cache.get(ITEM.id)) == ITEM
    assert redis.lives == {f"item:{ITEM.id}": 60}


def test_a_reader_that_was_slow_does_not_bring_a_deleted_item_back(cache: RedisCache, redis: FakeRedis) -> None:
    asyncio.run(cache.put(ITEM))
    asyncio.run(cache.forget(ITEM.id))
    asyncio.run(cache.put(ITEM))
    assert asyncio.run(cache.get(ITEM.id)) is None
    assert redis.lives == {f"item:{ITEM.id}": 5}


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"id": "x"}', '{"created_at": 1}'])
def test_an_entry_that_is_no_item_is_a_miss(cache: RedisCache, redis: FakeRedis, text: str) -> None:
    redis.values[f"item:{ITEM.id}"] = text
    assert asyncio.run(cache.get(ITEM.id)) is None


def test_an_error_names_its_kind_and_no_address(cache: RedisCache, redis: FakeRedis) -> None:
    redis.away = True
    with pytest.raises(CacheUnavailable, match=r"^ConnectionError$"):
        asyncio.run(cache.get(ITEM.id))


def test_a_redis_that_hangs_is_given_up_at_the_deadline(cache: RedisCache, redis: FakeRedis) -> None:
    redis.hang = True
    with pytest.raises(CacheUnavailable, match=r"^TimeoutError$"):
        asyncio.run(cache.get(ITEM.id))
