"""Following on a fake engine: restarts, new containers, an engine that goes and comes back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from stackctl.engine.door import Handle, LogReader, OnEvent
from stackctl.engine.events import EngineEvent
from stackctl.engine.logstream import LogQuery, RawLine
from stackctl.engine.values import Container
from stackctl.errors import EngineError
from stackctl.logs.follow import Follow, nanoseconds
from stackctl.logs.source import Mark
from tests.unit.fakes import START, FakeClock, FakeEngine, FakeHandle, FakeReader, container
from tests.unit.logs.made import raw, stamp


class Lively(FakeEngine):
    """An engine whose logs are read from the beginning or from `since` on, and that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.hear: OnEvent = lambda _event: None
        self.handle = FakeHandle(None)

    def logs(self, container: str, query: LogQuery) -> LogReader:
        self.queries.append(query)
        lines = [line for line in self.log_lines[container] if not query.since or nanoseconds(line[0]) >= query.since]
        return FakeReader([lines, []])

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        if self.away:
            raise EngineError("away")
        self.hear = on_event
        self.handle = FakeHandle(None)
        return self.handle

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        if self.away:
            raise EngineError("away")
        return super().containers(project, below)

    def inspect(self, ids: Collection[str]) -> list[Container]:
        return [item for item in self.there if item.id in ids]


class Watching:
    def __init__(self, engine: Lively, marks: dict[str, Mark]) -> None:
        self.told: list[str] = []
        self.clock = FakeClock()
        follow = Follow(engine, self.clock, "shop", ())
        follow.tell = self.told.append
        follow.listen()
        self._batches = follow.batches(list(engine.there), marks)

    def ticks(self, count: int = 6) -> list[str]:
        found = []
        for _tick in range(count):
            self.clock.seconds += 0.05
            found += [line[3].decode() for line in next(self._batches)]
        return found


def event(name: str, action: str, seconds: int = 0) -> EngineEvent:
    return EngineEvent(f"{name}-id", START.replace(second=seconds), action)


def engine_with(*services: str, **lines: list[RawLine]) -> Lively:
    engine = Lively()
    engine.there = [container(name) for name in services]
    engine.log_lines = {f"{name}-id": lines.get(name, []) for name in services}
    return engine


def test_it_reads_on_after_the_history_and_after_a_restart() -> None:
    engine = engine_with("core", core=[raw(1, "old"), raw(2, "new")])
    watching = Watching(engine, {"core-id": Mark(stamp(1), 1)})
    assert watching.ticks() == ["new"]
    engine.log_lines["core-id"] += [raw(2, "same moment"), raw(3, "again")]
    engine.hear(event("core", "die", 1))
    engine.hear(event("core", "start", 2))
    assert watching.ticks() == ["same moment", "again"]
    engine.hear(event("core", "start", 2))  # the engine tells it twice
    assert watching.ticks() == []


def test_a_new_container_is_read_from_its_first_line() -> None:
    engine = engine_with("core")
    watching = Watching(engine, {})
    watching.ticks()
    engine.there.append(container("web"))
    engine.log_lines["web-id"] = [raw(1, "first"), raw(2, "second")]
    engine.hear(event("web", "start"))
    assert watching.ticks() == ["first", "second"]
    assert watching.told == ["web is new: following it"]


def test_lines_of_several_services_come_by_time_within_the_window() -> None:
    engine = engine_with("a", "b", a=[raw(1, "1"), raw(3, "3")], b=[raw(2, "2")])
    assert Watching(engine, {}).ticks() == ["1", "2", "3"]


def test_a_time_in_the_future_holds_nothing_back() -> None:
    engine = engine_with("a", "b", a=[raw(3_000_000, "2099"), raw(1, "now")], b=[raw(2, "other")])
    assert sorted(Watching(engine, {}).ticks()) == ["2099", "now", "other"]


def test_an_engine_that_goes_is_waited_for_and_nothing_is_lost() -> None:
    engine = engine_with("core", core=[raw(1, "before")])
    watching = Watching(engine, {})
    assert watching.ticks() == ["before"]
    engine.away = True
    engine.handle.code = 1
    assert watching.ticks() == []
    assert watching.told == ["the Docker engine has gone; waiting for it"]
    engine.away = False
    engine.log_lines["core-id"].append(raw(2, "after"))
    assert watching.ticks() == ["after"]
    assert watching.told[1:] == ["the Docker engine is back"]


def test_more_than_the_overlap_holds_is_asked_for_again() -> None:
    engine = engine_with("core", core=[raw(1, "read")])
    whole = [raw(1, "read"), raw(2, "missed"), raw(3, "seen")]

    def logs(_container: str, query: LogQuery) -> LogReader:
        engine.queries.append(query)
        return FakeReader([whole[2:] if query.tail else whole, []])

    engine.logs = logs  # type: ignore[method-assign,assignment]
    assert Watching(engine, {"core-id": Mark(stamp(1), 1)}).ticks() == ["missed", "seen"]
