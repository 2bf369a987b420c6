"""The door to randomness, so that tests know what comes out and nothing else ever does."""

from __future__ import annotations

import os
from typing import Protocol


class Entropy(Protocol):
    """A source of random bytes."""

    def take(self, count: int) -> bytes:
        """Give so many bytes that nobody can guess."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def take(self, count: int) -> bytes:
        """See Entropy.take."""
        return os.urandom(count)  # what `secrets` calls too; that module costs 8 ms
