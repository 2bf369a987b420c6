"""Collect what a verdict needs, through the Engine's door: bounded in size and time, all text masked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.engine.values import parse_time
from stackctl.errors import EngineError
from stackctl.health.evidence import (
    ContainerFacts,
    Evidence,
    FindingFacts,
    ImageFacts,
    Listener,
    LogLine,
    MountFacts,
    Place,
    PortFacts,
    ProbeRun,
    ServiceEvidence,
    VolumeAge,
)
from stackctl.health.places import places_of
from stackctl.health.sockets import read_listeners
from stackctl.mask import is_sensitive
from stackctl.services.registry import driver_for
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from stackctl.engine.door import Engine
    from stackctl.engine.values import Container
    from stackctl.errors import Finding
    from stackctl.mask import Mask
    from stackctl.stack.model import Service, Stack

LOG_LINES = 200
LONGEST_LINE = 2000
PROBE_TEXT = 2000
SECONDS = 15.0
REGISTRY_SECONDS = 10.0
MOST_AT_ONCE = 8
Places = Mapping[str, Place]
_URL_PASSWORD = re.compile(r"://[^\s:/@]*:([^\s/@]+)@")


@dataclass(frozen=True)
class Subject:
    """What to collect about: the model, the containers, the files it is written in, and the command a user would run.

    `findings` are those of the machine's checks, `complaint` Compose's own text, `timed_out` who was not ready in time,
    `fills` what first filled each volume (name → image, major version), `salt` makes secrets comparable.
    """

    stack: Stack
    containers: Sequence[Container]
    files: Sequence[Path]
    command: str
    now: datetime
    salt: bytes
    findings: Sequence[Finding] = ()
    complaint: str = ""
    timed_out: Sequence[str] = ()
    fills: Mapping[str, tuple[str, str]] | None = None
    disk_free: int | None = None
    ask_registry: bool = True


def collect(engine: Engine, mask: Mask, subject: Subject) -> Evidence:
    """Give the evidence. What cannot be read is missing from it; an engine that is away raises EngineError."""
    stack = subject.stack
    kept = [item for item in subject.containers if item.service in stack.services]
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        more = pool.submit(_inspect, engine, kept)
        architecture = pool.submit(_said, engine, ("version", "--format", "{{.Server.Arch}}"))
        images = pool.submit(_images, engine, stack)
        volumes = pool.submit(_volumes, engine, subject)
        signals = pool.submit(_signals, engine, stack.name, subject.now)
        logs = {item.id: pool.submit(_logs, engine, item) for item in kept}
        sockets = {item.id: pool.submit(_listeners, engine, item) for item in kept if _curious(stack, item)}
        facts = {
            item.id: _container(
                item,
                more.result().get(item.id, {}),
                logs[item.id].result(),
                sockets[item.id].result() if item.id in sockets else None,
                signals.result().get(item.id, ()),
            )
            for item in kept
        }
        present = images.result()
        absent = {
            service.image
            for service in stack.services.values()
            if subject.ask_registry
            and service.image
            and service.image not in present
            and not service.build
            and service.replicas
            and not any(item.service == service.name for item in kept)
        }
        registry = dict(
            zip(sorted(absent), pool.map(lambda name: _registry(engine, name), sorted(absent)), strict=True)
        )
    places = places_of(subject.files)
    services = {
        name: _service(
            subject,
            service,
            present.get(built_name(stack, service)),
            [facts[item.id] for item in kept if item.service == name],
            places.get(name, {}),
        )
        for name, service in stack.services.items()
    }
    return Evidence(
        project=stack.name,
        taken=subject.now,
        services=services,
        complaint=mask(subject.complaint)[-20000:],
        findings=tuple(
            FindingFacts(item.code, item.subject, mask(item.message), mask(item.hint))
            for item in subject.findings
            if item.severity == "error"
        ),
        registry={name: text for name, text in registry.items() if text},
        volumes=volumes.result(),
        engine_architecture=architecture.result().strip(),
        disk_free=subject.disk_free,
        timed_out=tuple(subject.timed_out),
        command=subject.command,
    )


def _curious(stack: Stack, container: Container) -> bool:
    """Say whether it matters what listens in a container: it has a network of its own and runs."""
    mode = str(stack.services[container.service].raw.get("network_mode") or "")
    return container.state == "running" and mode not in ("host", "none") and not mode.startswith("container:")


def _said(engine: Engine, argv: Sequence[str], timeout: float = SECONDS) -> str:
    """Give what a command prints, nothing where it fails or takes too long."""
    try:
        outcome = engine.run(tuple(argv), timeout=timeout)
    except EngineError:
        return ""
    return outcome.out if outcome.code == 0 else ""


def _inspect(engine: Engine, containers: Sequence[Container]) -> dict[str, dict[str, Any]]:
    if not containers:
        return {}
    parts = ("Path", "Args", "Config.User", "HostConfig.ReadonlyRootfs", "HostConfig.Memory", "Config.Healthcheck")
    form = "{{.Id}}" + "".join(f"\t{{{{json .{part}}}}}" for part in parts)
    found = {}
    for line in _said(
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


def _container(
    item: Container,
    more: Mapping[str, Any],
    logs: tuple[LogLine, ...],
    listeners: tuple[Listener, ...] | None,
    signals: tuple[str, ...],
) -> ContainerFacts:
    argv = [more.get("Path") or "", *(more.get("Args") or ())]
    return ContainerFacts(
        name=item.name,
        state=item.state,
        health=item.health,
        exit_code=item.exit_code,
        error=item.error,
        oom_killed=item.oom_killed,
        restarts=item.restarts,
        created=item.created,
        started=item.started,
        finished=item.finished,
        restart_policy=item.restart_policy,
        argv=tuple(str(word)[:LONGEST_LINE] for word in argv if word),
        user=str(more.get("Config.User") or ""),
        read_only=bool(more.get("HostConfig.ReadonlyRootfs")),
        memory_limit=int(more.get("HostConfig.Memory") or 0),
        addresses=item.networks,
        probes=tuple(ProbeRun(run.exit_code, _text(run.output)[:PROBE_TEXT], run.at) for run in item.probes),
        logs=logs,
        listeners=listeners,
        signals=signals,
    )


def _logs(engine: Engine, item: Container) -> tuple[LogLine, ...]:
    """Give the tail of the last start, in order of time. Both streams: they come apart from `docker logs`."""
    if item.started is None:
        return ()
    # A restarting container's last words are those of the run that ended, which is the one that `started` names.
    since = ("--since", item.started.isoformat()) if item.restarts else ()
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


def _listeners(engine: Engine, item: Container) -> tuple[Listener, ...] | None:
    """Ask the container's own /proc; an image without `cat` gives no answer, and None says so."""
    text = _said(engine, ("exec", item.id, "cat", "/proc/net/tcp", "/proc/net/tcp6"), 5.0)
    if not text:  # no IPv6: cat has printed the first file and failed
        text = _said(engine, ("exec", item.id, "cat", "/proc/net/tcp"), 5.0)
    return read_listeners(text) if "local_address" in text else None


def _images(engine: Engine, stack: Stack) -> dict[str, ImageFacts]:
    names = sorted({built_name(stack, service) for service in stack.services.values()})
    form = "{{json .Architecture}}\t{{json .Config.User}}\t{{json .Config.Healthcheck}}"
    found = {}
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        asked = pool.map(lambda name: _said(engine, ("image", "inspect", "--format", form, name)), names)
    for name, text in zip(names, asked, strict=True):
        values = [_json(part) for part in text.strip().split("\t")]
        if len(values) == 3:
            probe = tuple(str(word) for word in (values[2] or {}).get("Test") or ())
            found[name] = ImageFacts(str(values[0] or ""), str(values[1] or ""), probe)
    return found


def _registry(engine: Engine, image: str) -> str:
    """Give the registry's own words for an image that it does not give, nothing where it does."""
    try:
        outcome = engine.run(("manifest", "inspect", image), timeout=REGISTRY_SECONDS)
    except EngineError as error:
        return error.message
    return "" if outcome.code == 0 else (outcome.err.strip() or "no answer")


def _volumes(engine: Engine, subject: Subject) -> dict[str, VolumeAge]:
    names = sorted({volume.name for volume in subject.stack.volumes.values()})
    found = {}
    for name in names:
        text = _said(engine, ("volume", "inspect", "--format", "{{.CreatedAt}}", name)).strip()
        image, major = (subject.fills or {}).get(name, ("", ""))
        if text:
            found[name] = VolumeAge(parse_time(text), image, major)
    return found


def _signals(engine: Engine, project: str, now: datetime) -> dict[str, tuple[str, ...]]:
    """Give the containers that somebody stopped or killed, from the engine's memory of events."""
    argv = ("events", "--since", "6h", "--until", str(int(now.timestamp()) + 1), "--format", "json")
    wanted = ("--filter", f"label=com.docker.compose.project={project}", "--filter", "type=container")
    found: dict[str, tuple[str, ...]] = {}
    for line in _said(engine, (*argv, *wanted)).splitlines():
        event = _json(line)
        actor = (event or {}).get("Actor") or {}
        action, key = str((event or {}).get("Action", "")), str(actor.get("ID", ""))
        if action in ("start", "create"):
            found.pop(key, None)
        elif action in ("kill", "stop"):
            found[key] = (*found.get(key, ()), str((actor.get("Attributes") or {}).get("signal") or action))
    return found


def _service(
    subject: Subject, service: Service, facts: ImageFacts | None, containers: Sequence[ContainerFacts], places: Places
) -> ServiceEvidence:
    stack = subject.stack
    test = (service.healthcheck or {}).get("test") if service.probed else None
    words = (test,) if isinstance(test, str) else tuple(str(word) for word in test or (facts.probe if facts else ()))
    networks = service.raw.get("networks") or {}
    return ServiceEvidence(
        name=service.name,
        image=built_name(stack, service),
        driver=driver_for(service.image, service.labels).name,
        image_facts=facts,
        built=service.build is not None,
        platform=str(service.raw.get("platform") or ""),
        healthcheck=words,
        ports=tuple(PortFacts(port.target, port.published, port.host_ip, port.protocol) for port in service.ports),
        depends_on=dict(service.depends_on),
        mounts=_mounts(stack, service),
        environment={
            name: None if value is None or is_sensitive(name) else _without_password(str(value))
            for name, value in service.environment.items()
        },
        fingerprints=_fingerprints(stack, service, subject.salt),
        restart=service.restart,
        job=stack.job(service.name),
        replicas=service.replicas,
        network_mode=str(service.raw.get("network_mode") or ""),
        container_name=str(service.raw.get("container_name") or ""),
        networks=tuple(networks),
        containers=tuple(containers),
        places=places,
    )


def _mounts(stack: Stack, service: Service) -> tuple[MountFacts, ...]:
    found = []
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.kind == "volume" else None
        found.append(MountFacts(mount.kind, volume.name if volume else mount.source, mount.target, mount.read_only))
    for name in service.secrets:
        source = stack.secrets.get(name)
        if source and source.file:
            found.append(MountFacts("bind", str(source.file), f"/run/secrets/{name}", read_only=True))
    raw_tmpfs = service.raw.get("tmpfs") or ()
    for entry in (raw_tmpfs,) if isinstance(raw_tmpfs, str) else raw_tmpfs:
        found.append(MountFacts("tmpfs", "", str(entry).partition(":")[0]))
    for name, entry in zip(service.configs, service.raw.get("configs") or (), strict=False):
        source = stack.configs.get(name)
        target = (entry.get("target") if isinstance(entry, Mapping) else "") or f"/{name}"
        if source and source.file:
            found.append(MountFacts("bind", str(source.file), str(target), read_only=True))
    return tuple(found)


def _without_password(value: str) -> str:
    return _URL_PASSWORD.sub(lambda match: match[0].replace(match[1], "***"), value)


def _fingerprints(stack: Stack, service: Service, salt: bytes) -> dict[str, str]:
    """Give digests of a service's secrets, so that two can be compared and none can be read."""
    values: dict[str, str] = {}
    for name, value in service.environment.items():
        if value and is_sensitive(name):
            values[name] = str(value)
        for index, password in enumerate(_URL_PASSWORD.findall(str(value or ""))):
            values[f"{name}#{index}"] = password
    for name in service.secrets:
        source = stack.secrets.get(name)
        try:
            values[f"/run/secrets/{name}"] = source.file.read_text("utf-8").strip() if source and source.file else ""
        except (OSError, UnicodeDecodeError):
            continue
    return {name: hashlib.sha256(salt + value.encode()).hexdigest()[:16] for name, value in values.items() if value}
