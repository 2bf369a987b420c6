"""Fakes for the app's doors: they keep items in memory, and can be told to be away."""

from core_app.cache import CacheUnavailable
from core_app.model import Item
from core_app.store import StoreUnavailable


class FakeStore:
    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.reads = 0
        self.away = False
        self.broken: Exception | None = None

    async def add(self, item: Item) -> None:
        self._answer()
        self.items[item.id] = item

    async def get(self, item_id: str) -> Item | None:
        self._answer()
        self.reads += 1
        return self.items.get(item_id)

    async def page(self, limit: int, after: str | None) -> list[Item]:
        self._answer()
        return [self.items[key] for key in sorted(self.items) if after is None or key > after][:limit]

    async def remove(self, item_id: str) -> bool:
        self._answer()
        return self.items.pop(item_id, None) is not None

    async def ping(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.broken:
            raise self.broken
        if self.away:
            raise StoreUnavailable("ServerSelectionTimeoutError")


class FakeCache:
    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.away = False

    async def get(self, item_id: str) -> Item | None:
        self._answer()
        return self.items.get(item_id)

    async def put(self, item: Item) -> None:
        self._answer()
        self.items[item.id] = item

    async def forget(self, item_id: str) -> None:
        self._answer()
        self.items.pop(item_id, None)

    async def ping(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.away:
            raise CacheUnavailable("ConnectionError")
