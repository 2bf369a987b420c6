"""What filling an environment asks of the place that keeps secrets. `secrets` implements it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Deriver = Callable[[Sequence[str]], str]
"""Makes a secret from others, in the order the template names them. The same input must give the same text: a derived
secret is known to be stale by making it again."""


class SecretStore(Protocol):
    """Secrets by name."""

    def names(self) -> list[str]:
        """Give the sorted names of the secrets there are."""
        ...

    def get(self, name: str) -> str | None:
        """Give a value, or None where there is none. Raises ConfigError where it cannot be read."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep a value; it is either kept whole or not at all. Raises ConfigError."""
        ...
