"""What the collector asks of the engine, and what it makes of the answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stackctl.engine.run import Outcome
from stackctl.errors import EngineError, Finding
from stackctl.health.collect import Subject, collect
from stackctl.health.evidence import Evidence, FindingFacts, ImageFacts, Listener, MountFacts, Place
from stackctl.health.reads import LOG_LINES, LONGEST_LINE
from stackctl.mask import Mask
from tests.unit.fakes import START, FakeEngine, container, probe, stack_of

TCP = "  sl  local_address\n   0: 0100007F:1F40 00000000:0000 0A\n"
DEAD = {"state": "exited", "exit_code": 1}


class Spoken(FakeEngine):
    """Answers by the first words of a command; what has no answer fails, `away` takes too long."""

    def __init__(self, answers: dict[str, Outcome]) -> None:
        super().__init__()
        self.answers = answers
        self.heard: list[str] = []

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        line = " ".join(argv)
        self.heard.append(line)
        assert timeout is not None, f"no limit for {line}"
        for start, outcome in self.answers.items():
            if line.startswith(start):
                return outcome
        if line.startswith("logs"):
            raise EngineError("took longer")
        return Outcome(1, "", "no such thing", 0.0)


def said(out: str = "", err: str = "", code: int = 0) -> Outcome:
    return Outcome(code, out, err, 0.0)


def look(engine: FakeEngine, services: Mapping[str, Any], **facts: object) -> Evidence:
    stack = stack_of(services)
    base = Subject(stack, engine.there, (), "docker compose", START, b"salt")
    return collect(engine, Mask(["hunter2hunter2"]), replace(base, **facts))  # type: ignore[arg-type]


def test_both_streams_come_in_order_of_time_without_control_codes() -> None:
    out = "2026-01-02T03:04:01Z first\n2026-01-02T03:04:03Z \x1b[31mthird\x1b[0m\n"
    engine = Spoken({"logs": said(out, f"2026-01-02T03:04:02Z second{'x' * 9999}\n")})
    engine.there = [container("web", **DEAD)]
    logs = look(engine, {"web": {"image": "a"}}).services["web"].containers[0].logs
    assert [(line.text[:6], line.stream) for line in logs] == [("first", "out"), ("second", "err"), ("third", "out")]
    assert all(len(line.text) <= LONGEST_LINE for line in logs)
    assert any(f"--tail {LOG_LINES}" in line for line in engine.heard)


def test_an_engine_that_answers_nothing_leaves_the_rest() -> None:
    engine = Spoken({})
    engine.there = [container("web", health="unhealthy", probes=(probe(1, "no"),))]
    found = look(engine, {"web": {"image": "a"}}).services["web"]
    assert found.containers[0].logs == ()
    assert found.containers[0].listeners is None
    assert found.containers[0].probes[0].output == "no"
    assert found.image_facts is None


def test_listening_ports_come_from_the_container_itself() -> None:
    engine = Spoken({"exec": said(TCP)})
    engine.there = [container("web"), container("job", **DEAD), container("host")]
    found = look(engine, {"web": {}, "job": {}, "host": {"network_mode": "host"}}).services
    assert found["web"].containers[0].listeners == (Listener(8000, loopback=True),)
    assert found["job"].containers[0].listeners is None
    assert found["host"].containers[0].listeners is None


def test_secrets_are_compared_and_never_kept() -> None:
    services = {
        "db": {"environment": {"DB_PASSWORD": "hunter2hunter2", "MODE": "x"}},
        "app": {"environment": {"URL": "mongodb://root:hunter2hunter2@db/x"}},
    }
    found = look(Spoken({}), services, complaint="said hunter2hunter2")
    assert "hunter2" not in json.dumps(found.as_dict())
    assert set(found.services["db"].fingerprints.values()) == set(found.services["app"].fingerprints.values())
    assert found.services["db"].environment == {"DB_PASSWORD": None, "MODE": "x"}


def test_a_missing_image_is_asked_of_the_registry() -> None:
    engine = Spoken({"manifest inspect no/such": said("", "no such manifest", 1), "manifest": said("{}")})
    services = {"a": {"image": "no/such:1"}, "b": {"image": "is/there:1"}, "c": {"image": "no/such:2", "scale": 0}}
    assert look(engine, services).registry == {"no/such:1": "no such manifest"}


def test_who_was_stopped_by_hand_is_known_from_the_events() -> None:
    kill = {"Action": "kill", "Actor": {"ID": "web-id", "Attributes": {"signal": "15"}}}
    again = [{"Action": "kill", "Actor": {"ID": "job-id"}}, {"Action": "start", "Actor": {"ID": "job-id"}}]
    engine = Spoken({"events": said("\n".join(json.dumps(item) for item in (kill, *again)))})
    engine.there = [container("web", **DEAD), container("job", **DEAD)]
    found = look(engine, {"web": {}, "job": {}}).services
    assert found["web"].containers[0].signals == ("15",)
    assert found["job"].containers[0].signals == ()


def test_facts_of_image_container_and_definition(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text("services:\n  web:\n    image: a\n")
    values = ["web-id", '"sh"', '["-c","x"]', '"1000"', "true", "1048576", "null"]
    engine = Spoken(
        {
            "inspect": said("\t".join(values)),
            "image inspect": said('"arm64"\t"app"\tnull\n'),
            "version": said("amd64\n"),
        }
    )
    engine.there = [container("web", **DEAD)]
    mounts = [{"type": "bind", "source": "/w/x", "target": "/x", "read_only": True}]
    model = {"web": {"image": "a", "volumes": mounts, "tmpfs": ["/t:size=1k"]}}
    finding = Finding("port-in-use", "error", "web", "taken", "free it")
    found = look(engine, model, files=[path], findings=[finding, replace(finding, severity="info")])
    web = found.services["web"]
    assert web.image_facts == ImageFacts("arm64", "app")
    assert (web.containers[0].argv, web.containers[0].user) == (("sh", "-c", "x"), "1000")
    assert (web.containers[0].read_only, web.containers[0].memory_limit) == (True, 1048576)
    assert web.mounts == (MountFacts("bind", "/w/x", "/x", read_only=True), MountFacts("tmpfs", "", "/t"))
    assert web.places["image"] == Place(str(path), 3)
    assert found.findings == (FindingFacts("port-in-use", "web", "taken", "free it"),)
    assert found.engine_architecture == "amd64"
