"""Files that a process may not read or write, by its own words: permissions, read-only file systems, a full disk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.health.rules.say import cut, edit, find, host_path, log_proof, logs_in_trouble, mount_of
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, LogLine, MountFacts, ServiceEvidence

_DENIED = re.compile(r"[Pp]ermission denied|\bEACCES\b|AccessDeniedException|Operation not permitted|\bEPERM\b")
_READ_ONLY = re.compile(r"[Rr]ead-only file ?system|\bEROFS\b")
_FULL = re.compile(r"[Nn]o space left on device|\bENOSPC\b|[Dd]isk quota exceeded")
_DATABASE = re.compile(r"attempt to write a readonly database|\bSQLITE_READONLY\b")
_SHARED = re.compile(r"shared memory segment|/dev/shm")
_CHANGES_USER = re.compile(r"\b(?:set(?:res|re|e)?[ug]ids?|setgroups|setpriv|su-exec|gosu|chown|changing ownership)\b")
# With less room than this on the disk, it is not surely the tmpfs that is full.
ROOM_BYTES = 256 << 20
_IS_DIRECTORY = re.compile(r"[Ii]s a directory|\bEISDIR\b|is a directory")
_PATHS = (
    re.compile(r"['\"‘](/[^'\"’]+)['\"’]"),
    re.compile(r"(?:open|mkdir|opening|create|creating|write|file|stat|chown|chmod|unlink|lock)[: ]+(/[^\s:,'\"]+)"),
    re.compile(r"(/[\w.@+-]+(?:/[\w.@+-]+)*)/?:? (?:[Pp]ermission|[Rr]ead-only|[Ii]s a|[Nn]o space)"),
    re.compile(r"(/[\w.@+-]+(?:/[\w.@+-]+)+)"),
)
_PROGRAMS = ("/bin/", "/usr/bin/", "/usr/lib/", "/usr/local/lib/", "/proc/", "/sys/")


def path_in(text: str) -> str:
    """Give the path that a complaint is about, empty where it names none."""
    for pattern in _PATHS:
        for path in pattern.findall(text):
            if not path.startswith(_PROGRAMS):
                return str(path).rstrip("/.,")
    return ""


def full(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The disk, or a tmpfs, is full."""
    hit = find(_FULL, logs_in_trouble(evidence, service))
    if hit is None:
        return None
    path = path_in(hit[1].text)
    mount = mount_of(service, path) if path else _only_tmpfs(evidence, service)
    where, fix = "the disk", Fix("free space", command="docker system df")
    if _SHARED.search(hit[1].text):
        where = "its shared memory (/dev/shm, 64 MiB where nothing is said)"
        fix = edit(service, ("shm_size",), "give it more: shm_size: 256m")
    elif mount and mount.kind == "tmpfs":
        where = f"the tmpfs {mount.target}"
        fix = edit(service, ("tmpfs", "volumes"), f"give {mount.target} more room (size=), or a volume")
    cause = f"{service.name} cannot write{f' {path}' if path else ''}: {where} is full"
    return Verdict("disk-full", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def _only_tmpfs(evidence: Evidence, service: ServiceEvidence) -> MountFacts | None:
    """Give the one tmpfs of a service that says not where it wrote, while the disk itself has room."""
    small = [mount for mount in service.mounts if mount.kind == "tmpfs"]
    return small[0] if len(small) == 1 and (evidence.disk_free or 0) > ROOM_BYTES else None


def read_only(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The container's file system, or a mount, is read-only, and it writes there."""
    hit = find(_READ_ONLY, logs_in_trouble(evidence, service)) or _read_only_database(evidence, service)
    if hit is None:
        return None
    path = path_in(hit[1].text)
    mount = mount_of(service, path) if path else None
    what = f"the mount {mount.target} is read-only" if mount else "its file system is read-only (read_only: true)"
    text = (
        f"take :ro (read_only) from the mount {mount.target}"
        if mount
        else f"give it a tmpfs or a volume on {path.rpartition('/')[0] or 'the folder'}, or take read_only out"
    )
    fix = edit(service, ("volumes",) if mount else ("read_only",), text)
    cause = f"{service.name} cannot write{f' {path}' if path else ''}: {what}"
    return Verdict("read-only-filesystem", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def _read_only_database(evidence: Evidence, service: ServiceEvidence) -> tuple[re.Match[str], LogLine] | None:
    """SQLite has one word for a file that its user may not write and for one on a read-only mount."""
    container, _trouble = worst(evidence, service)
    data = [mount for mount in service.mounts if not mount.target.startswith("/run/secrets/")]
    closed = all(mount.read_only for mount in data) if data else bool(container and container.read_only)
    return find(_DATABASE, logs_in_trouble(evidence, service)) if closed else None


def denied(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """The process may not touch a file; of a secret that has its own code."""
    lines = [line for line in logs_in_trouble(evidence, service) if "/run/docker.sock" not in line.text]
    hit = find(_DENIED, lines) or find(_DATABASE, lines)
    if hit is None:
        return _secret_missing(evidence, service)
    line = hit[1]
    path = path_in(line.text)
    container, _trouble = worst(evidence, service)
    user = (container.user if container else "") or (service.image_facts.user if service.image_facts else "") or "root"
    proofs = (log_proof(service, line), Proof(f"container of {service.name}", f"user {user}"))
    source, _mount = host_path(service, path)
    if path.startswith("/run/secrets/"):
        fix = Fix("make it readable; the folder above can stay private", f"chmod o+r {source}" if source else None)
        cause = f"{service.name} (user {user}) may not read its secret {path}"
        return Verdict("secret-unreadable", service.name, cause, proofs, fix, at=line.at)
    if _CHANGES_USER.search(line.text) and "cap_drop" in service.places:
        cause = f"{service.name} starts as root and may not change its user: cap_drop takes that right from it"
        text = "add cap_add: [CHOWN, SETUID, SETGID], or let it start as its user (user:)"
        return Verdict("permission-denied", service.name, cause, proofs, edit(service, ("cap_drop",), text), at=line.at)
    listens = re.search(r"\b(?:bind|listen)\b.*?:(\d+)\b", line.text) if not path else None
    what = f"listen on port {listens[1]}" if listens else f"use {path or _file(line.text)}"
    cause = f"{service.name} (user {user}) may not {what}"
    mount = mount_of(service, path) if path else None
    if source:
        fix = Fix(f"give {source} to user {user}, or make it readable", command=f"ls -ln {source}")
    elif mount and mount.kind == "volume":
        fix = edit(service, ("user", "volumes"), f"run it as the owner of the volume {mount.source}, or hand it over")
        if container and container.user:
            change = f"--entrypoint chown {service.name} -R {user} {mount.target}"
            fix = replace(fix, command=f"{evidence.command} run --rm --no-deps --user root {change}")
    elif re.search(r"bind|listen", line.text):
        fix = edit(service, ("ports", "user"), "let it listen above port 1023, or give it NET_BIND_SERVICE")
    else:
        fix = edit(service, ("user",), f"run it as a user who may, or mount something writable on {path or 'it'}")
    return Verdict("permission-denied", service.name, cause, proofs, fix, at=line.at)


def _file(text: str) -> str:
    return "its database file" if _DATABASE.search(text) else "a file"


def _secret_missing(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    hit = find(
        r"(/run/secrets/[\w.-]+).*(?:No such file|no such file|ENOENT|not found)"
        r"|(?:No such file|no such file|ENOENT).*(?P<path>/run/secrets/[\w.-]+)",
        logs_in_trouble(evidence, service),
    )
    if hit is None:
        return None
    path = hit[0][1] or hit[0]["path"]
    name = path.rpartition("/")[2]
    cause = f"{service.name} reads the secret {path}, which it is not given"
    fix = edit(service, ("secrets",), f"add {name} to its secrets")
    return Verdict("secret-unreadable", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def folder_for_file(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """It opens a file and finds a folder: Docker made one where the file of a bind mount was missing."""
    hit = find(_IS_DIRECTORY, logs_in_trouble(evidence, service))
    if hit is None:
        return None
    path = path_in(hit[1].text)
    mount = mount_of(service, path) if path else None
    if mount is None or mount.kind != "bind" or mount.target.rstrip("/") != path:
        return None
    cause = f"{service.name} reads the file {path}, and {mount.source} that is mounted there is a folder"
    fix = edit(service, ("volumes",), f"remove the folder {mount.source} and put the file there")
    proof = Proof(f"log of {service.name}", cut(hit[1].text), hit[1].at)
    return Verdict("mount-type-mismatch", service.name, cause, (proof,), fix, at=hit[1].at)
