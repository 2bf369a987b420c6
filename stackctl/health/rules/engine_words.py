"""Docker's and Compose's words for a start that they refused, as code, sentence and fix. Text in, Reading out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.health.evidence import ServiceEvidence
from stackctl.health.rules.say import cut, edit, host_path
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
    for pattern, make in _TABLE:
        match = re.search(pattern, text)
        if match:
            return make(match, evidence, service or _NOBODY)
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


def _mount_type(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    source, target = match["source"], match["target"]
    fix = edit(service, ("volumes",), f"make {source} what {target} is: a file for a file, a folder for a folder")
    return Reading(
        "mount-type-mismatch",
        f"{service.name} mounts {source} on {target}: one is a file, the other a folder",
        fix,
    )


def _bind_missing(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    path = match["path"]
    who = service.name or "a service"
    return Reading(
        "bind-source-missing",
        f"{path}, which {who} mounts, does not exist",
        edit(service, ("volumes",), f"restore {path}, or correct the path"),
    )


def _working_dir(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    return Reading(
        "command-not-found",
        f"the working directory {match['path']} of {service.name} cannot be used: {match['why']}",
        edit(service, ("working_dir",), "correct working_dir"),
    )


def _no_user(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    return Reading(
        "permission-denied",
        f"{service.name} is to run as {match['name']}, whom its image does not know",
        edit(service, ("user",), "use a number, or a user of the image"),
    )


def _read_only(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    return Reading(
        "read-only-filesystem",
        f"{service.name} needs the mount point {match['path']}, and its file system is read-only",
        edit(service, ("read_only", "volumes"), "mount it elsewhere, or make the folder above writable"),
    )


def _port(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
    port = match["port"] or match["port2"] or match["port3"]
    who = service.name or "a service"
    return Reading(
        "port-in-use",
        f"the host port {port} that {who} publishes is taken",
        edit(service, ("ports",), f"free the port (docker ps --filter publish={port}), or publish on another"),
    )


def _name(match: Match, _evidence: Evidence, _service: ServiceEvidence) -> Reading:
    name = match["name"]
    return Reading(
        "name-in-use",
        f"the container name {name} is used by another container",
        Fix("remove that container, or leave container_name out", command=f"docker rm {name}"),
    )


def _image(match: Match, evidence: Evidence, service: ServiceEvidence) -> Reading:
    image = next((match[key] for key in ("a", "b", "c", "d") if match.groupdict().get(key)), service.image)
    who = service.name or next((item.name for item in evidence.services.values() if item.image == image), "a service")
    return Reading(
        "image-not-found",
        f"the image {image or 'of ' + who} of {who} is not on this machine, and no registry gave it",
        edit(service, ("image",), "correct the name or the tag, log in, or build it"),
    )


def _platform(_match: Match, evidence: Evidence, service: ServiceEvidence) -> Reading:
    return Reading(
        "image-platform",
        f"the image {service.image} does not exist for the platform that {service.name or 'a service'} asks for",
        edit(service, ("platform", "image"), f"use an image for {evidence.engine_architecture or 'this platform'}"),
    )


def _simple(code: str, cause: str, fix: str, command: str = "") -> Callable[..., Reading]:
    def make(match: Match, _evidence: Evidence, service: ServiceEvidence) -> Reading:
        words = {"service": service.name or "a service", **{k: v or "" for k, v in match.groupdict().items()}}
        return Reading(code, cause.format(**words), Fix(fix.format(**words), command=command.format(**words) or None))

    return make


_TABLE: tuple[tuple[str, Callable[..., Reading]], ...] = (
    (
        r"no space left on device|disk quota exceeded",
        _simple("disk-full", "no space is left on the disk of the engine", "free space", "docker system prune"),
    ),
    (r"exec: \"(?P<name>[^\"]+)\": (?:executable file not found|stat .*: no such file)", _not_found),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: no such file or directory", _not_found),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: (?:permission denied|is a directory)", _not_executable),
    (r"exec:? \"?(?P<name>[^\"\s:]+)\"?: exec format error", _format),
    (
        r"error mounting \"(?P<source>[^\"]+)\" to rootfs at \"(?P<target>[^\"]+)\".*"
        r"(?:not a directory|is a directory|trying to mount a directory)",
        _mount_type,
    ),
    (r"(?:invalid mount config.*)?bind source path does not exist: (?P<path>\S+)", _bind_missing),
    (r"error while creating mount source path '(?P<path>[^']+)'.*(?:not a directory|file exists)", _bind_missing),
    (r"mkdir[^:]* (?P<path>[^\s:\"]+)\"?: read-only file system|(?P<other>\S+): read-only file system", _read_only),
    (r"chdir to cwd \(\"(?P<path>[^\"]+)\"\).*: (?P<why>no such file or directory|permission denied)", _working_dir),
    (r"unable to find (?:user|group) (?P<name>[^:\s]+)", _no_user),
    (
        r"Bind for [^\s]*:(?P<port>\d+) failed: port is already allocated"
        r"|(?:listen|bind)[^\n]*?:(?P<port2>\d+): bind: address already in use"
        r"|Ports are not available:[^\n]*?:(?P<port3>\d+)",
        _port,
    ),
    (r"[Cc]ontainer name \"/?(?P<name>[^\"]+)\" is already in use", _name),
    (
        r"network (?P<name>\S+) declared as external, but could not be found|network (?P<b>\S+) not found",
        _simple(
            "network-missing",
            "the external network {name}{b} does not exist",
            "start the project that owns it, or make it",
            "docker network create {name}{b}",
        ),
    ),
    (
        r"external volume \"(?P<name>[^\"]+)\" not found",
        _simple(
            "volume-missing",
            "the external volume {name} does not exist",
            "start the project that owns it, or make it",
            "docker volume create {name}",
        ),
    ),
    (
        r"Pool overlaps with other one|cannot create network .*: conflicts with network",
        _simple(
            "subnet-overlap",
            "the subnet that the file asks for overlaps a network that exists",
            "write another subnet, or remove the other network",
            "docker network ls",
        ),
    ),
    (
        r"non-overlapping IPv4 address pool|predefined address pools have been fully subnetted",
        _simple(
            "address-pool-exhausted",
            "the engine has no subnet left for another network",
            "remove networks that nobody uses, or widen default-address-pools",
            "docker network prune",
        ),
    ),
    (
        r"no matching manifest for|does not match the (?:specified|detected host) platform"
        r"|does not provide the specified platform",
        _platform,
    ),
    (
        r"[Nn]o such image: (?P<a>\S+)|manifest for (?P<b>\S+) not found|pull access denied for (?P<c>[^\s,]+)"
        r"|failed to resolve reference \"(?P<d>[^\"]+)\"|manifest unknown|no such manifest|repository does not exist"
        r"|error pinging v2 registry|registry-1\.docker\.io|toomanyrequests|Get \"https?://[^\"]+/v2/",
        _image,
    ),
    (
        r"failed to solve|failed to build|Dockerfile: no such file|dockerfile parse error|target .* failed to solve",
        _simple(
            "build-failed",
            "the image of {service} could not be built",
            "correct the build; its last lines say where",
            "docker compose build",
        ),
    ),
    (
        r"required variable (?P<name>\S+) is missing a value|the variable (?P<b>\S+) is missing"
        r"|variables are missing: (?P<c>[^,\s]+)",
        _simple(
            "variable-missing",
            "the variable {name}{b}{c} is missing",
            "set it in .env or in the shell",
            "export {name}{b}{c}=…",
        ),
    ),
    (
        r"Cannot connect to the Docker daemon|Is the docker daemon running",
        _simple("engine-unreachable", "the Docker engine does not answer", "start it"),
    ),
)


def unknown(text: str) -> str:
    """Give the last line of a text that nobody knows."""
    lines = [line for line in text.splitlines() if line.strip()]
    return cut(lines[-1]) if lines else ""
