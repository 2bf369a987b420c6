"""Whose key opens sealed values here: given files, STACKCTL_IDENTITY, our own key, the usual SSH keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError
from stackctl.secrets.age import SECRET_KEY, new_identity, public_key, read_identities
from stackctl.workspace.files import PRIVATE_FILE
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from stackctl.mask import Mask
    from stackctl.secrets.age import Identity
    from stackctl.workspace.files import Files

VARIABLE = "STACKCTL_IDENTITY"
SSH_KEYS = ("id_ed25519", "id_rsa")


@dataclass(frozen=True)
class Keyring:
    """The keys that were found, and why others were not used."""

    identities: tuple[Identity, ...] = ()
    passed_over: tuple[str, ...] = ()


def own_identity(shell: Mapping[str, str]) -> Path:
    """Give the path of this user's own key: outside every checkout, 0600."""
    return home(shell) / "identity"


def load_keyring(
    files: Files, shell: Mapping[str, str], mask: Mask, given: Sequence[Path] = (), piped: bytes = b""
) -> Keyring:
    """Load the keys. `given` are files that were named, `piped` is an identity file from standard input.

    What was named must be usable, or ConfigError is raised; of the usual places, what is not usable is passed over.
    """
    named = [(path, str(path)) for path in given]
    if not named and not piped and shell.get(VARIABLE):
        named = [(Path(shell[VARIABLE]).expanduser(), f"{VARIABLE} ({shell[VARIABLE]})")]
    found: list[Identity] = []
    if piped:
        found += _read(piped, "standard input", mask)
    for path, shown in named:
        data = files.read(path)
        if data is None:
            raise ConfigError(
                f"{shown}: there is no such identity file", "name another one: -i FILE", code="no-identity"
            )
        found += _read(data, shown, mask)
    if found:
        return Keyring(tuple(found))
    return _usual(files, shell, mask)


def make_identity(files: Files, shell: Mapping[str, str], mask: Mask) -> tuple[str, bool]:
    """Give this user's public key and whether it was made just now. Raises ConfigError for a damaged key file."""
    path = own_identity(shell)
    data = files.read(path)
    if data is not None:
        _learn(data, mask)
        match = SECRET_KEY.search(data.decode("utf-8", "replace"))
        if match is None:
            raise ConfigError(
                f"{path} holds no age key", "put it back from a copy, or remove it", code="identity-invalid"
            )
        return public_key(match[0]), False
    secret, public = new_identity()
    mask.add(secret)
    files.make_dir(path.parent)
    files.write(path, f"# public key: {public}\n{secret}\n".encode(), PRIVATE_FILE)
    return public, True


def _usual(files: Files, shell: Mapping[str, str], mask: Mask) -> Keyring:
    folder = Path(shell.get("HOME") or Path.home()) / ".ssh"
    found: list[Identity] = []
    passed_over: list[str] = []
    for path in (own_identity(shell), *(folder / name for name in SSH_KEYS)):
        try:
            data = files.read(path)
            found += _read(data, str(path), mask) if data is not None else []
        except ConfigError as error:
            passed_over.append(error.message)
    return Keyring(tuple(found), tuple(passed_over))


def _read(data: bytes, source: str, mask: Mask) -> list[Identity]:
    _learn(data, mask)
    return read_identities(data, source)


def _learn(data: bytes, mask: Mask) -> None:
    mask.add(*SECRET_KEY.findall(data.decode("utf-8", "replace")))


def no_identity(keyring: Keyring, shell: Mapping[str, str]) -> ConfigError:
    """Give the error for a machine without a key."""
    more = f" ({'; '.join(keyring.passed_over)})" if keyring.passed_over else ""
    return ConfigError(
        f"there is no key here that could open sealed values{more}",
        f"name yours with -i FILE or {VARIABLE}; where you have none, stackctl secrets identity makes one "
        f"({own_identity(shell)}), and somebody who can open the values adds it",
        code="no-identity",
    )
