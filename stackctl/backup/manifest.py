"""The manifest of a set: what is in it, where it came from, and the digests that prove it.

Plain JSON, written last: a folder without one is no set. Its own digest is in it, so that an edited one is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from stackctl.backup.shape import strange
from stackctl.errors import BackupFailed

SCHEMA = 1
NAME = "manifest.json"


@dataclass(frozen=True)
class Form:
    """A payload in one of its two forms, plain or as stored: bytes and SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Payload:
    """One file of a set.

    `counts` are what a restore must find again, `proof` what the end of the stream said, `state` what the driver needs
    to restore, `store` the volume (key, name) and its path in the container, `users` what of users and roles is in it.
    Times are ISO 8601 in UTC.
    """

    service: str
    driver: str
    kind: str
    file: str
    image: str
    image_id: str
    image_kind: str
    version: str
    tool: str
    consistency: str
    started: str
    ended: str
    plain: Form
    stored: Form
    counts: Mapping[str, int]
    proof: Mapping[str, Any]
    state: Mapping[str, Any] = field(default_factory=dict)
    store: Mapping[str, str] = field(default_factory=dict)
    exit_codes: Mapping[str, int] = field(default_factory=dict)
    fingerprint: str = ""
    users: str = ""


@dataclass(frozen=True)
class Skipped:
    """A service that has nothing to save, and why."""

    service: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """One set."""

    id: str
    project: str
    stack: str
    environment: str
    model_sha256: str
    created: str
    stackctl: str
    engine: str
    consistency: str
    skew_seconds: float
    encrypted: bool
    payloads: tuple[Payload, ...]
    skipped: tuple[Skipped, ...] = ()
    purpose: str = "backup"

    @property
    def services(self) -> list[str]:
        """Give the services in it, each once."""
        return list(dict.fromkeys(payload.service for payload in self.payloads))

    @property
    def stored_bytes(self) -> int:
        """Give the size on disk of all payloads."""
        return sum(payload.stored.bytes for payload in self.payloads)

    def of(self, service: str) -> list[Payload]:
        """Give the payloads of one service."""
        return [payload for payload in self.payloads if payload.service == service]


def to_bytes(manifest: Manifest) -> bytes:
    """Give the manifest as it is written."""
    raw = {"schema": SCHEMA, **asdict(manifest)}
    return json.dumps({**raw, "digest": _digest(raw)}, indent=1, ensure_ascii=False).encode() + b"\n"


def from_bytes(data: bytes, set_id: str) -> Manifest:
    """Read a manifest. Raises BackupFailed for one that is damaged, edited, newer, or another set's."""
    where = f"the manifest of {set_id}"
    try:
        raw = json.loads(data)
        schema = raw["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(f"{where} cannot be read", set_id) from error
    if schema != SCHEMA:
        raise BackupFailed(
            f"{where} has format {schema!r:.40}, this stackctl knows {SCHEMA}",
            "use a newer stackctl",
            code="set-format",
        )
    digest = raw.pop("digest", "")
    if digest != _digest(raw):
        raise damaged(f"{where} was changed after it was written", set_id)
    wrong = strange(raw)
    if wrong:
        raise damaged(f"{where} says something strange about: {wrong}", set_id)
    if raw["id"] != set_id:
        raise damaged(f"{where} belongs to the set {raw['id']}", set_id)
    try:
        return _manifest(raw)
    except (KeyError, TypeError) as error:
        raise damaged(f"{where} lacks something: {error}", set_id) from error


def damaged(message: str, set_id: str) -> BackupFailed:
    """Give the error for a set that is not what it was."""
    return BackupFailed(message, f"use another set (stackctl backups); this one is of no use: {set_id}", code="damaged")


def _manifest(raw: Mapping[str, Any]) -> Manifest:
    known = {item.name for item in fields(Manifest)}
    values = {key: value for key, value in raw.items() if key in known}
    values["payloads"] = tuple(_payload(item) for item in raw["payloads"])
    values["skipped"] = tuple(Skipped(**item) for item in raw["skipped"])
    return Manifest(**values)


def _payload(raw: Mapping[str, Any]) -> Payload:
    known = {item.name for item in fields(Payload)}
    values = {key: value for key, value in raw.items() if key in known}
    return Payload(**{**values, "plain": Form(**raw["plain"]), "stored": Form(**raw["stored"])})


def _digest(raw: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
