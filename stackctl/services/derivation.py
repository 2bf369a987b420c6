"""How a service makes a file from secrets: an ACL file, a connection URI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Derivation:
    """A way to make it; `options` are the names that a template may give values to.

    The same input must give the same text: a file is known to be stale by making it again.
    """

    make: Callable[[Sequence[str], Mapping[str, str]], str]
    options: tuple[str, ...] = ()

    def __call__(self, values: Sequence[str], options: Mapping[str, str] | None = None) -> str:
        """Give the content for these secrets, in the order that the template names them."""
        return self.make(values, options or {})


def plain(make: Callable[[Sequence[str]], str]) -> Derivation:
    """Give the derivation of a function that knows no options."""
    return Derivation(lambda values, _options: make(values))


def uri(scheme: str, usual: Mapping[str, str], tail: str = "") -> Derivation:
    """Give the derivation of a connection URI. `usual` are the options with their values: user, host, port, database.

    `tail` stands after the database; user and password are escaped as URIs want it.
    """

    def make(values: Sequence[str], options: Mapping[str, str]) -> str:
        part = {**usual, **options}
        login = user_info(part["user"], values[0])
        return f"{scheme}://{login}@{part['host']}:{part['port']}/{quote(part['database'], safe='')}{tail}"

    return Derivation(make, tuple(usual))


def user_info(user: str, password: str) -> str:
    """Give the login as it stands in a URI: everything special escaped."""
    return f"{quote(user, safe='')}:{quote(password, safe='')}"
