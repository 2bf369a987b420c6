"""Secrets and configs from files: there, files, and readable for the one who reads them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.ground import Ground, in_vm
from stackctl.errors import Finding, Severity

if TYPE_CHECKING:
    from stackctl.doctor.host import FileFacts
    from stackctl.stack.model import Service


def secret_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each secret or config file that a service could not read."""
    findings = []
    for service in ground.starting():
        wanted = [("secret", name, ground.stack.secrets.get(name)) for name in service.secrets]
        wanted += [("config", name, ground.stack.configs.get(name)) for name in service.configs]
        for kind, name, source in wanted:
            if source is not None and source.file is not None:
                finding = _check(ground, service, f"the {kind} {name}", source.file)
                findings += [finding] if finding else []
    return findings


def _check(ground: Ground, service: Service, what: str, path: Path) -> Finding | None:
    facts = ground.file(path)
    quoted = shlex.quote(str(path))
    if facts is None:
        hint = "create it, or correct `file:` (a stack with templates gets its secrets from stackctl up)"
        return _finding("error", service, f"{what} of {service.name} does not exist: {path}", hint)
    if facts.kind == "directory":
        # Docker makes a folder where an earlier start missed the file.
        hint = f"remove the folder and create the file: rmdir {quoted}"
        return _finding("error", service, f"{what} of {service.name} is a folder: {path}", hint)
    if facts.kind == "unknown" or not facts.readable:
        return _finding(
            "warning", service, f"this user may not read {what} of {service.name}: {path}", f"ls -l {quoted}"
        )
    if path not in ground.planned and not in_vm(ground.facts) and not ground.facts.rootless:
        user = str(service.raw.get("user") or "")
        if not _may_read(facts, user):
            message = f"{what} of {service.name} has mode {facts.mode:04o}, and its user {user} may not read it"
            return _finding("warning", service, message, f"chmod o+r {quoted} (the folder above can stay private)")
    return None


def _may_read(facts: FileFacts, user: str) -> bool:
    """Say whether a container's user may read a file; true where the user is a name or not written: nobody knows."""
    uid, _colon, gid = user.partition(":")
    if not uid.isdigit() or uid == "0" or facts.mode & 0o004:
        return True
    if int(uid) == facts.uid:
        return bool(facts.mode & 0o400)
    return bool(facts.mode & 0o040) and gid.isdigit() and int(gid) == facts.gid


def _finding(severity: Severity, service: Service, message: str, hint: str) -> Finding:
    return Finding("secret-unreadable", severity, service.name, message, hint)
