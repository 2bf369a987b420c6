from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stackctl.engine.values import Container, Probe
from stackctl.health.timeline import Timeline, slower, timeline_of
from tests.unit.fakes import START, container, stack_of

HEALTHY = {"condition": "service_healthy"}
SHOP = stack_of(
    {
        "db": {"image": "x"},
        "cache": {"image": "x"},
        "web": {"image": "x", "depends_on": {"db": HEALTHY, "cache": HEALTHY}},
        "old": {"image": "x"},
    }
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ran(service: str, started: float, ready: float, **facts: Any) -> Container:
    probes = (Probe(at(started + 0.2), 1, "", at(started + 0.1)), Probe(at(ready), 0, "", at(ready - 0.1)))
    given = {"created": at(0), "started": at(started), "health": "healthy", "probes": probes, **facts}
    return container(service, **given)


def start(db: float = 2.0) -> Timeline:
    found = timeline_of(SHOP, [ran("web", db, db + 1), ran("db", 0.5, db), ran("cache", 0.5, 1.0)])
    assert found
    return found


def test_the_chain_is_what_was_waited_for_last_and_sums_to_the_total() -> None:
    timeline = start()
    assert timeline.chain() == [("db", 2.0), ("web", 1.0)]
    assert timeline.seconds == 3.0
    assert timeline.chain_text() == "db 2.0 s → web 1.0 s"


def test_every_moment_is_the_engines() -> None:
    db = next(span for span in start().spans if span.service == "db")
    assert (db.created, db.started, db.first_probe, db.ready) == (at(0), at(0.5), at(0.6), at(2.0))


def test_a_full_log_has_lost_the_first_probe() -> None:
    probes = tuple(Probe(at(100 + number), 0, "", at(100 + number)) for number in range(5))
    found = timeline_of(SHOP, [ran("db", 0.5, 2.0, probes=probes)])
    assert found
    assert (found.spans[0].first_probe, found.spans[0].ready) == (None, None)


def test_an_earlier_start_is_left_out_and_an_old_container_began_with_its_start() -> None:
    old = ran("old", -86400, -86399)
    again = ran("db", 0.5, 2.0, created=at(-86400))
    found = timeline_of(SHOP, [old, again])
    assert found
    assert [span.service for span in found.spans] == ["db"]
    assert found.origin == at(0.5)


def test_a_job_is_ready_at_its_end_and_a_plain_process_at_its_start() -> None:
    job = container("db", created=at(0), started=at(1), finished=at(3), state="exited")
    plain = container("cache", created=at(0), started=at(1))
    found = timeline_of(SHOP, [job, plain])
    assert found
    assert {span.service: span.ready for span in found.spans} == {"db": at(3), "cache": at(1)}


def test_nothing_started_is_no_timeline() -> None:
    assert timeline_of(SHOP, [container("db", started=None)]) is None


def test_a_slower_start_names_the_service() -> None:
    usual = [start(), start(), start(2.2)]
    assert slower(start(2.5), usual) is None
    finding = slower(start(9.0), usual)
    assert finding
    assert finding.subject == "db"
    assert "10.0 s" in finding.message
    assert slower(start(9.0), usual[:1]) is None
