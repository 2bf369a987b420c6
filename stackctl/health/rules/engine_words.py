"""What an error text of the engine, of Compose or of a registry means: code, sentence and fix. Text in, Reading out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.health.evidence import ServiceEvidence
from stackctl.health.rules.refusals import REFUSALS, Refusal
from stackctl.health.rules.say import edit, host_path
from stackctl.health.verdict import Fix

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence

Match = re.Match[str]
_SCRIPT = re.compile(r"\.(?:sh|bash|py|rb|pl|js)$")
_NOBODY = ServiceEvidence("")


@dataclass(frozen=True)
class Reading:
    """What a text means."""

    code: str
    cause: str
    fix: Fix


def read(text: str, evidence: Evidence, service: ServiceEvidence | None) -> Reading | None:
    """Give what an error text of the engine, of Compose or of a registry means; None where nobody knows."""
    whom = service or _NOBODY
    for pattern, make in _PROGRAMS:
        match = re.search(pattern, text)
        if match:
            return make(match, evidence, whom)
    for refusal in REFUSALS:
        match = re.search(refusal.pattern, text)
        if match:
            return _table_reading(refusal, match, evidence, whom)
    return None


def exec_format(path: str, evidence: Evidence, service: ServiceEvidence) -> Reading:
    """Give what an exec format error means: another architecture, or a script that says not what runs it."""
    facts = service.image_facts
    same = facts is not None and facts.architecture == evidence.engine_architecture
    if _SCRIPT.search(path) and same:
        text = f"make #!/bin/sh the first line of {path}, or start it through its interpreter"
        source, _mount = host_path(service, path)
        fix = Fix(text, file=source, line=1) if source else edit(service, ("command", "entrypoint"), text)
        return Reading(
            "command-not-executable", f"{path} of {service.name} has no first line that says what runs it", fix
        )
    has = f"is for {facts.architecture}" if facts and facts.architecture and not same else "is for another processor"
    text = f"use an image or a program for {evidence.engine_architecture or 'this processor'}"
    cause = f"{path} of {service.name} {has}; the engine runs {evidence.engine_architecture or 'something else'}"
    return Reading("wrong-architecture", cause, edit(service, ("platform", "image"), text))


def chmod_text(path: str, service: ServiceEvidence) -> str:
    """Say how a file becomes a program: on the host where it is mounted, else in the image."""
    source, _mount = host_path(service, path)
    return f"chmod +x {source}" if source else f"make {path} executable in the image, or correct the command"


def _not_found(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    name = match["name"]
    source, mount = host_path(service, name)
    if mount:
        cause = f"{service.name} starts {name}, whose first line names a program that the image lacks"
        return Reading(
            "command-not-found", cause, Fix("correct its #! line; Windows line ends break it too", file=source, line=1)
        )
    if " " in name:
        words = ", ".join(f'"{word}"' for word in name.split())
        cause = f"the command of {service.name} is one word, {name!r}, and no program is called so"
        return Reading("command-not-found", cause, edit(service, ("command", "entrypoint"), f"write [{words}]"))
    cause = f"{service.name} starts {name}, and its image {service.image} has no such command"
    return Reading(
        "command-not-found",
        cause,
        edit(service, ("command", "entrypoint"), f"correct the command, or use an image that has {name}"),
    )


def _not_executable(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    name = match["name"]
    source, mount = host_path(service, name)
    fix = (
        Fix("make it executable", command=f"chmod +x {source}")
        if mount
        else edit(service, ("command", "entrypoint"), chmod_text(name, service))
    )
    return Reading("command-not-executable", f"{service.name} starts {name}, which is not executable", fix)


def _format(match: Match, evidence: Evidence, service: ServiceEvidence) -> Reading:
    return exec_format(match["name"], evidence, service)


def _table_reading(refusal: Refusal, match: Match, evidence: Evidence, service: ServiceEvidence) -> Reading:
    words = {"image": service.image, "platform": evidence.engine_architecture or "this platform"}
    for key, value in match.groupdict().items():
        if value:
            words[key.rstrip("0123456789")] = value
    owner = next((item.name for item in evidence.services.values() if item.image == words["image"]), "")
    words["service"] = service.name or owner or "a service"
    fix = edit(service, refusal.keys, refusal.fix.format(**words)) if refusal.keys else Fix(refusal.fix.format(**words))
    return Reading(
        refusal.code,
        " ".join(refusal.cause.format(**words).split()),
        replace(fix, command=refusal.command.format(**words) or None),
    )


_PROGRAMS: tuple[tuple[str, Callable[[Match, Evidence, ServiceEvidence], Reading]], ...] = (
    (r"exec: \"(?P<name>[^\"]+)\": (?:executable file not found|stat .*: no such file)", _not_found),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: no such file or directory", _not_found),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: (?:permission denied|is a directory)", _not_executable),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: exec format error", _format),
)
