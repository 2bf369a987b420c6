"""Compares states without keeping values: a digest that nobody can compute or guess back without the home's key.

A plain SHA-256 of a short password is found in seconds by trying; with a key that stays in `$STACKCTL_HOME` it is not.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.secrets.entropy import Entropy
    from stackctl.workspace.files import Files

KEY_BYTES = 32


class Digest:
    """Makes digests with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, name: str, value: str) -> str:
        """Give the digest of a value as 64 hex characters.

        The name goes in as well, so that one password under two names cannot be seen to be the same.
        """
        message = name.encode() + b"\x00" + value.encode("utf-8", "surrogateescape")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def load_digest(path: Path, files: Files, entropy: Entropy) -> Digest:
    """Give the digest of a home, whose key is in `path`; the first call makes the key, 0600.

    Raises ConfigError where the key is damaged: every stored digest would then seem to have changed.
    """
    key = files.read(path)
    if key is None:
        files.make_dir(path.parent)
        files.create(path, entropy.take(KEY_BYTES))  # of two processes the quicker one's key counts
        key = files.read(path)
    if key is None or len(key) != KEY_BYTES:
        raise ConfigError(
            f"{path} is damaged: it holds {len(key or b'')} bytes instead of {KEY_BYTES}",
            "put it back from a copy, or remove it: then every value counts as changed once",
        )
    return Digest(key)
