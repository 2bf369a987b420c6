"""The files of a bundle, one function each: from what is seen to a JSON value. What cannot be had raises its reason."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import stackctl
from stackctl.engine.events import ACTIONS
from stackctl.engine.values import PROJECT_LABEL
from stackctl.errors import EngineError
from stackctl.health.stored import encode
from stackctl.lifecycle.explain import judged
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from stackctl.bundle.subject import Sight
    from stackctl.engine.values import Container
    from stackctl.stack.model import Port

EVIDENCE = "evidence.json"
PAST = timedelta(hours=6)
SECONDS = 30.0
OWN_LABELS = ("com.docker.compose.", "stackctl.")
# The start and end of each health check are left out, as everywhere.
WHAT_HAPPENS = (*ACTIONS, "kill", "stop")


@dataclass(frozen=True)
class Part:
    """One file: its name, what it is for people, and how it is made. A name with `.jsonl` has a list of rows."""

    name: str
    about: str
    take: Callable[[Sight], Any]


def versions(sight: Sight) -> Any:
    """Give what runs here: no engine has to answer for that."""
    world = sight.world
    return {
        "stackctl": stackctl.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "compose_installation": world.engine.compose_stamp() or None,
        "ci": bool(world.shell.get("CI")),
    }


def engine(sight: Sight) -> Any:
    """Give what the engine says of itself."""
    return encode(sight.world.engine.facts())


def config(sight: Sight) -> Any:
    """Give the merged model as Compose has it."""
    from stackctl.lifecycle.show import merged_model

    return merged_model(sight.world, sight.target)


def containers(sight: Sight) -> Any:
    """Give states and health logs. A container's environment is left out: `drift.json` compares it by digest."""
    return [_container(item) for item in sight.containers.result()]


def _container(item: Container) -> dict[str, Any]:
    known = {key: value for key, value in encode(item).items() if key != "environment"}
    return {**known, "labels": {key: value for key, value in item.labels.items() if key.startswith(OWN_LABELS)}}


def events(sight: Sight) -> Any:
    """Give what the engine has noted about the project's containers; it remembers its last 256 events."""
    world, project = sight.world, sight.target.project
    now = world.clock.now()
    wanted = [word for action in WHAT_HAPPENS for word in ("--filter", f"event={action}")]
    spans = ("--since", str(int((now - PAST).timestamp())), "--until", str(int(now.timestamp()) + 1))
    label = f"label={PROJECT_LABEL}={project}"
    outcome = world.engine.run(("events", *spans, "--filter", label, *wanted, "--format", "json"), timeout=SECONDS)
    if outcome.code != 0:
        raise EngineError(f"docker events failed: {outcome.err.strip()}")
    return [_event(json.loads(line)) for line in outcome.out.splitlines() if line.startswith("{")]


def _event(raw: Mapping[str, Any]) -> dict[str, Any]:
    actor = raw.get("Actor") or {}
    facts = actor.get("Attributes") or {}
    told = {key: facts[key] for key in ("exitCode", "signal", "image", "com.docker.compose.service") if key in facts}
    return {
        "time_nano": raw.get("timeNano"),
        "type": raw.get("Type"),
        "action": raw.get("Action"),
        "name": facts.get("name"),
        "id": str(actor.get("ID", ""))[:12],
        "facts": told,
    }


def evidence(sight: Sight) -> Any:
    """Give what a verdict is made of, to be judged again."""
    return sight.evidence.result().as_dict()


def verdict(sight: Sight) -> Any:
    """Give what `stackctl why` said when the bundle was made."""
    return [item.as_dict() for item in judged(sight.evidence.result())]


def timeline(sight: Sight) -> Any:
    """Give when services of the last starts were created, started, probed and ready."""
    from stackctl.lifecycle.timeline import timelines

    return [encode(item) for item in timelines(sight.world, sight.target, 20)]


def drift(sight: Sight) -> Any:
    """Give which variables and secrets differ between files and containers, by keyed digest."""
    from stackctl.lifecycle.drift import drift_of

    ledger = drift_of(sight.world, sight.target).ledger
    return {
        "drift": ledger.drifts,
        "running": ledger.running,
        "variables": [row.as_dict() for row in ledger.rows],
        "recreate": {name: list(reasons) for name, reasons in ledger.recreate.items()},
    }


def doctor(sight: Sight) -> Any:
    """Give what the examination of the machine found."""
    from stackctl.doctor.check import Scene
    from stackctl.doctor.machine import examine

    world = sight.world
    scene = Scene(engine=world.engine, host=world.host, shell=world.shell, place=sight.subject.place)
    return [check.as_dict() for check in examine(scene)]


def ports(sight: Sight) -> Any:
    """Give each published port: what the files want, what the containers have, and who holds it on this machine."""
    there = () if sight.containers.exception() else sight.containers.result()
    bound = {
        (item.service, port.container_port, port.protocol): f"{port.host_ip}:{port.host_port}"
        for item in there
        for port in item.ports
    }
    return [
        {
            "service": service.name,
            "target": port.target,
            "protocol": port.protocol,
            "wanted": f"{port.host_ip or '*'}:{port.published}" if port.published else None,
            "bound": bound.get((service.name, port.target, port.protocol)),
            **_on_host(sight, port),
        }
        for service in sight.stack.result().services.values()
        for port in service.ports
    ]


def _on_host(sight: Sight, port: Port) -> dict[str, Any]:
    if not port.published:
        return {"state": None, "holder": None}
    host = sight.world.host
    state = host.port_state(port)
    holder = host.port_holder(port) if state == "taken" else None
    return {"state": state, "holder": encode(holder) if holder else None}


def disk(sight: Sight) -> Any:
    """Give free space here, and what the engine's things take."""
    world = sight.world
    root = sight.subject.place.root if sight.subject.place else home(world.shell)
    free = {"workspace_free": world.host.free_bytes(root), "home_free": world.host.free_bytes(home(world.shell))}
    try:
        outcome = world.engine.run(("system", "df", "--format", "json"), timeout=SECONDS)
    except EngineError as error:
        return {**free, "engine": None, "engine_problem": error.message}
    rows = [json.loads(line) for line in outcome.out.splitlines() if line.startswith("{")]
    return {**free, "engine": rows or None}


PARTS = (
    Part("versions.json", "versions of stackctl, Python and the system", versions),
    Part("engine.json", "what the engine says of itself", engine),
    Part("config.json", "the merged configuration, without secrets", config),
    Part("containers.json", "states, exit codes and health logs", containers),
    Part("events.jsonl", "what the engine noted about the containers", events),
    Part(EVIDENCE, "what a verdict is made of; stackctl why --bundle judges it again", evidence),
    Part("verdict.json", "what stackctl why said", verdict),
    Part("timeline.json", "where the time of the last starts went", timeline),
    Part("drift.json", "variables and secrets in files and containers, by digest", drift),
    Part("doctor.json", "what is wrong with the machine", doctor),
    Part("ports.json", "published ports, and who holds them", ports),
    Part("disk.json", "free space", disk),
)
