"""What filling an environment asks of the place that keeps secrets. `secrets` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Deriver(Protocol):
    """Makes a secret from others. The same input must give the same text: a stale one is known by making it again."""

    @property
    def options(self) -> tuple[str, ...]:
        """The names of what a template may say beside the secrets."""
        ...

    def __call__(self, values: Sequence[str], options: Mapping[str, str], /) -> str:
        """Give the secret; `values` are the others in the order the template names them."""
        ...


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

    def leave_empty(self, name: str) -> None:
        """Make the file of an optional secret that nobody has given, so that it can be mounted. Raises ConfigError."""
        ...
