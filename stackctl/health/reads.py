"""Read the engine for a verdict: state, logs, sockets, images, volumes, events. Bounded in size and time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stackctl.engine.values import parse_time
from stackctl.errors import EngineError
from stackctl.health.evidence import ContainerFacts, ImageFacts, Listener, LogLine, ProbeRun, VolumeAge
from stackctl.health.sockets import read_listeners
from stackctl.mask import hide_in_words
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.door import Engine
    from stackctl.engine.values import Container
    from stackctl.stack.model import Stack

LOG_LINES = 200
LONGEST_LINE = 2000
PROBE_TEXT = 2000
SECONDS = 15.0
REGISTRY_SECONDS = 10.0
MOST_AT_ONCE = 8
MOST_EXITS = 20
# The engine notes the start of a process after it has begun to speak: its first lines are older than its start.
HEAD_START = timedelta(seconds=1)
EARLIER_RUN = timedelta(seconds=20)


@dataclass(frozen=True)
class Past:
    """What the engine remembers of a container: signals that somebody sent since its last start, and how it ended."""

    signals: tuple[str, ...] = ()
    exits: tuple[int, ...] = ()
    out_of_memory: bool = False


NO_PAST = Past()


def said(engine: Engine, argv: Sequence[str], timeout: float = SECONDS) -> str:
    """Give what a command prints, nothing where it fails or takes too long."""
    try:
        outcome = engine.run(tuple(argv), timeout=timeout)
    except EngineError:
        return ""
    return outcome.out if outcome.code == 0 else ""


def inspect(engine: Engine, containers: Sequence[Container]) -> dict[str, dict[str, Any]]:
    """Give what the list of containers does not say, by id: command, user, limits."""
    if not containers:
        return {}
    # Only keys that every container has: one that is missing in one of them (`Config.Healthcheck`) fails them all.
    parts = ("Path", "Args", "Config.User", "HostConfig.ReadonlyRootfs", "HostConfig.Memory")
    form = "{{.Id}}" + "".join(f"\t{{{{json .{part}}}}}" for part in parts)
    found = {}
    for line in said(
        engine, ("inspect", "--type", "container", "--format", form, *(i.id for i in containers))
    ).splitlines():
        key, *values = line.split("\t")
        found[key] = {part: _json(text) for part, text in zip(parts, values, strict=False)}
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # the mask may have cut a quoted value
        return None


def container_facts(
    item: Container,
    more: Mapping[str, Any],
    spoken: tuple[LogLine, ...],
    sockets: tuple[Listener, ...] | None,
    past: Past,
) -> ContainerFacts:
    """Give all that is known of one container; passwords among the words of its command are hidden."""
    argv = [more.get("Path") or "", *(more.get("Args") or ())]
    return ContainerFacts(
        name=item.name,
        state=item.state,
        health=item.health,
        exit_code=item.exit_code,
        error=item.error,
        oom_killed=item.oom_killed or past.out_of_memory,
        restarts=item.restarts,
        created=item.created,
        started=item.started,
        finished=item.finished,
        restart_policy=item.restart_policy,
        argv=tuple(word[:LONGEST_LINE] for word in hide_in_words([str(word) for word in argv if word])),
        user=str(more.get("Config.User") or ""),
        read_only=bool(more.get("HostConfig.ReadonlyRootfs")),
        memory_limit=int(more.get("HostConfig.Memory") or 0),
        addresses=item.networks,
        probes=tuple(ProbeRun(run.exit_code, _text(run.output)[:PROBE_TEXT], run.at) for run in item.probes),
        logs=spoken,
        listeners=sockets,
        signals=past.signals,
        exits=past.exits,
    )


def logs(engine: Engine, item: Container) -> tuple[LogLine, ...]:
    """Give the tail of the last start, in order of time. Both streams: they come apart from `docker logs`."""
    if item.started is None:
        return ()
    # A restarting container's last words are those of the run that ended, which is the one that `started` names; one
    # that runs again has not said yet why it will end.
    before = EARLIER_RUN if item.state == "running" else HEAD_START
    since = ("--since", (item.started - before).isoformat()) if item.restarts else ()
    try:
        outcome = engine.run(("logs", "--timestamps", "--tail", str(LOG_LINES), *since, item.id), timeout=SECONDS)
    except EngineError:
        return ()
    lines = [_line(text, "out") for text in outcome.out.splitlines()[-LOG_LINES:]]
    lines += [_line(text, "err") for text in outcome.err.splitlines()[-LOG_LINES:]]
    return tuple(sorted(lines, key=lambda line: line.at.timestamp() if line.at else 0.0))


def _line(text: str, stream: str) -> LogLine:
    stamp, _space, rest = text.partition(" ")
    at = parse_time(stamp)
    return LogLine(_text(rest if at else text)[:LONGEST_LINE], at, stream)


def _text(text: str) -> str:
    """Give text without control codes: a log may hold colours, or anything."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]", "", text)


def listeners(engine: Engine, item: Container) -> tuple[Listener, ...] | None:
    """Ask the container's own /proc; an image without `cat` gives no answer, and None says so."""
    text = said(engine, ("exec", item.id, "cat", "/proc/net/tcp", "/proc/net/tcp6"), 5.0)
    if not text:  # no IPv6: cat has printed the first file and failed
        text = said(engine, ("exec", item.id, "cat", "/proc/net/tcp"), 5.0)
    return read_listeners(text) if "local_address" in text else None


def images(engine: Engine, stack: Stack) -> dict[str, ImageFacts]:
    """Give the images of a stack that are on the engine, by name."""
    names = sorted({built_name(stack, service) for service in stack.services.values()})
    form = "{{json .Architecture}}\t{{json .Config.User}}\t{{json .Config.Healthcheck}}"
    found = {}
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        asked = pool.map(lambda name: said(engine, ("image", "inspect", "--format", form, name)), names)
    for name, text in zip(names, asked, strict=True):
        values = [_json(part) for part in text.strip().split("\t")]
        if len(values) == 3:
            probe = tuple(str(word) for word in (values[2] or {}).get("Test") or ())
            found[name] = ImageFacts(str(values[0] or ""), str(values[1] or ""), probe)
    return found


def registry(engine: Engine, image: str) -> str:
    """Give the registry's own words for an image that it does not give, nothing where it does."""
    try:
        outcome = engine.run(("manifest", "inspect", image), timeout=REGISTRY_SECONDS)
    except EngineError as error:
        return error.message
    return "" if outcome.code == 0 else (outcome.err.strip() or "no answer")


def volumes(engine: Engine, stack: Stack, fills: Mapping[str, tuple[str, str]]) -> dict[str, VolumeAge]:
    """Give the volumes that exist, with their age and what first filled them."""
    names = sorted({volume.name for volume in stack.volumes.values()})
    found = {}
    for name in names:
        text = said(engine, ("volume", "inspect", "--format", "{{.CreatedAt}}", name)).strip()
        image, major = fills.get(name, ("", ""))
        if text:
            found[name] = VolumeAge(parse_time(text), image, major)
    return found


def pasts(engine: Engine, project: str, now: datetime) -> dict[str, Past]:
    """Give what happened to each container, from the engine's memory of events."""
    argv = ("events", "--since", "6h", "--until", str(int(now.timestamp()) + 1), "--format", "json")
    wanted = ("--filter", f"label=com.docker.compose.project={project}", "--filter", "type=container")
    found: dict[str, Past] = {}
    for line in said(engine, (*argv, *wanted)).splitlines():
        event = _json(line) or {}
        actor = event.get("Actor") or {}
        key = str(actor.get("ID", ""))
        found[key] = _after(found.get(key, NO_PAST), str(event.get("Action", "")), actor.get("Attributes") or {})
    return found


def _after(past: Past, action: str, facts: Mapping[str, Any]) -> Past:
    if action == "create":
        return NO_PAST
    if action == "start":
        return replace(past, signals=())
    if action in ("kill", "stop"):
        return replace(past, signals=(*past.signals, str(facts.get("signal") or action)))
    if action == "oom":
        return replace(past, out_of_memory=True)
    if action == "die" and str(facts.get("exitCode", "")).isdigit():
        return replace(past, exits=(*past.exits, int(facts["exitCode"]))[-MOST_EXITS:])
    return past


def networks(engine: Engine, project: str) -> tuple[str, ...]:
    """Give the networks that Compose has made for a project: a start has begun, whatever came of it."""
    try:
        return tuple(sorted(engine.networks(project)))
    except EngineError:
        return ()
