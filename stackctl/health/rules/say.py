"""What rules share: finding a line, quoting it, and naming the place to edit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof
from stackctl.services.crashes import REASONS

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, LogLine, MountFacts, ServiceEvidence

LONGEST = 300
CHANGED_FIX = "set the old password again, change it inside the store, or start with a new volume (its data is lost)"
# Compose makes a volume and the container that first uses it within this time.
AT_ONCE_SECONDS = 5
# What a process says last is why it ended; what it said long before, it may have got over.
LAST_WORDS = 30
# Lines of a stack trace that only say where in a program: they would push the reason out of the last words.
_FRAME = re.compile(r"^\s+(?:at |File \"|\.{3} \d+ more|[~^]+$)|^\t\S+\.go:\d+|^goroutine \d+|^\s*$")
_MERELY = re.compile(
    r"^(?:\S+\s+){0,4}[\[(<\"]?(?:level=)?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|trace|debug|info|notice|warn(?:ing)?)\b"
    r"|\b\w+Warning: |\"level\": ?\"(?:trace|debug|info|warn)"
)
_OF_OTHERS = re.compile(
    r"(?i)connect|timed? ?out|unreach|unavailable|refus|resol|network|socket|broker"
    r"|log ?in|auth|credential|config|denied"
)
_GOT_OVER = re.compile(
    r"(?i)(?<!not )(?<!dis)(?<!be )\bconnected (?:to|successfully)"
    r"|\bconnection (?:is |was )?(?:established|restored|ok)\b"
    r"|\bsuccessfully connected\b"
)


def cut(text: str) -> str:
    """Give a line short enough to read."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def find(pattern: str | re.Pattern[str], lines: Iterable[LogLine]) -> tuple[re.Match[str], LogLine] | None:
    """Give the first line that a pattern is in."""
    compiled = re.compile(pattern)
    for line in lines:
        match = compiled.search(line.text)
        if match:
            return match, line
    return None


def logs_in_trouble(evidence: Evidence, service: ServiceEvidence) -> tuple[LogLine, ...]:
    """Give the last words of the container in trouble, nothing for a service that stands."""
    container, trouble = worst(evidence, service)
    return last_words(container.logs) if container and trouble else ()


def last_words(lines: tuple[LogLine, ...]) -> tuple[LogLine, ...]:
    """Give the end of a log without the frames of stack traces, from the last success on."""
    said = [line for line in lines if not _FRAME.search(line.text)][-LAST_WORDS:]
    start = max((index + 1 for index, line in enumerate(said) if _GOT_OVER.search(line.text)), default=0)
    said = said[start:]
    serious = [line for line in said if not _MERELY.search(line.text)]
    reason = next((line for line in reversed(serious) if re.search(REASONS[0], line.text)), None)
    # An exception tells why; what was only a warning before it may be anything, unless the two speak of the same.
    return tuple(said if reason is None or _OF_OTHERS.search(reason.text) else serious)


def log_proof(service: ServiceEvidence, line: LogLine) -> Proof:
    """Quote a log line."""
    return Proof(f"log of {service.name}", cut(line.text), line.at)


def last_lines(service: ServiceEvidence, container: ContainerFacts, count: int = 3) -> tuple[Proof, ...]:
    """Quote the last lines that say anything, the error output's where there are some."""
    said = [line for line in container.logs if line.text.strip()]
    errors = [line for line in said if line.stream == "err"]
    return tuple(log_proof(service, line) for line in (errors or said)[-count:])


def last_exit(container: ContainerFacts) -> int:
    """Give the exit code of a container's last end, also of one that the engine has started again since."""
    return container.exits[-1] if container.state == "running" and container.exits else container.exit_code


def state_proof(service: ServiceEvidence, container: ContainerFacts) -> Proof:
    """Quote how a container ended."""
    words = [f"{container.name} {container.state}", f"exit code {last_exit(container)}"]
    words += [f"{container.restarts} restarts"] if container.restarts else []
    words += ["out of memory"] if container.oom_killed else []
    return Proof(f"state of {service.name}", ", ".join(words), container.finished)


def edit(service: ServiceEvidence, keys: Iterable[str], text: str) -> Fix:
    """Give a fix at the first of these keys that is written, else at the service itself."""
    for key in (*keys, ""):
        place = service.places.get(key)
        if place:
            return Fix(text, file=place.file, line=place.line)
    return Fix(text)


def older_volume(evidence: Evidence, service: ServiceEvidence) -> str:
    """Give the volume of a service that was there before its container: what is in it was made by an earlier one."""
    made = min((item.created for item in service.containers if item.created), default=None)
    for mount in service.mounts:
        volume = evidence.volumes.get(mount.source) if mount.kind == "volume" else None
        if volume and volume.created and made and (made - volume.created).total_seconds() > AT_ONCE_SECONDS:
            return mount.source
    return ""


def host_path(service: ServiceEvidence, path: str) -> tuple[str, MountFacts | None]:
    """Give the host's path of a container's path, with the mount that brings it; empty where none does."""
    for mount in sorted(service.mounts, key=lambda item: -len(item.target)):
        target = mount.target.rstrip("/")
        if mount.kind == "bind" and (path == target or path.startswith(f"{target}/")):
            return mount.source + path[len(target) :], mount
    return "", None


def mount_of(service: ServiceEvidence, path: str) -> MountFacts | None:
    """Give the mount that a container's path lies in."""
    for mount in sorted(service.mounts, key=lambda item: -len(item.target)):
        target = mount.target.rstrip("/")
        if path == target or path.startswith(f"{target}/"):
            return mount
    return None
