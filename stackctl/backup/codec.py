"""The two libraries for payloads, each imported when it is needed: zstd (stdlib from 3.14) and age."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from stackctl.errors import BackupFailed


@cache
def zstd() -> Any:
    """Give `compression.zstd`, or its backport with the same API, which raises on truncated input."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


@cache
def pyrage() -> Any:
    """Give pyrage, an implementation of age (age-encryption.org)."""
    return importlib.import_module("pyrage")


def age_recipients(texts: Sequence[str]) -> list[Any]:
    """Read public keys, `age1…` or SSH ones. Raises BackupFailed for one that is none."""
    found = []
    for text in texts:
        try:
            kind = pyrage().ssh if text.startswith("ssh-") else pyrage().x25519
            found.append(kind.Recipient.from_str(text))
        except Exception as error:
            raise BackupFailed(f"“{text}” is no age recipient", "give a public key: age1…", code="bad-key") from error
    return found


def age_identities(path: Path) -> list[Any]:
    """Read a file of private keys as `age-keygen` writes it, or an SSH key. Raises BackupFailed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BackupFailed(f"{path} cannot be read: {error.strerror}", "name a key file: --identity FILE") from error
    try:
        if b"PRIVATE KEY-----" in data:
            return [pyrage().ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode().splitlines()]
        found = [pyrage().x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except Exception as error:
        raise BackupFailed(f"{path} holds no age key", "make one with age-keygen", code="bad-key") from error
    if not found:
        raise BackupFailed(f"{path} holds no age key", "make one with age-keygen", code="bad-key")
    return found
