"""age (age-encryption.org/v1): sealing a text for several people, each of whom opens it with a key of their own.

The one place that knows pyrage, which is age in Rust; it is imported when something is sealed or opened, not before.
Keys are those of the `age` program: `age1…` and SSH public keys (ed25519, RSA) seal, `AGE-SECRET-KEY-1…` and SSH
private keys open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

from stackctl.errors import ConfigError, Misuse

if TYPE_CHECKING:
    from types import ModuleType

SECRET_KEY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+", re.IGNORECASE)
_PLUGIN = re.compile(r"age1[a-z0-9-]+1[a-z0-9]+")


class NotForUs(Exception):
    """None of the identities opens this block: it was sealed for others."""


class Damaged(Exception):
    """The block is no whole age file."""


class Identity:
    """A key that opens; what it is made of is never shown."""

    def __init__(self, source: str, key: Any) -> None:
        self.source = source
        self.key = key

    def __repr__(self) -> str:
        return f"Identity({self.source})"


def check_recipient(text: str) -> str:
    """Give a public key as it is kept: without its comment. Raises Misuse for what age cannot seal for."""
    words = text.split()
    key = " ".join(words[:2]) if words and words[0].startswith("ssh-") else " ".join(words)
    if SECRET_KEY.search(key) or "PRIVATE KEY" in text:
        raise Misuse(
            "that is a secret key: who has it can read everything",
            "give the public key, age1… or ssh-ed25519 …; it is shown by: stackctl secrets identity",
            code="recipient-invalid",
        )
    _recipient(key)
    return key


def new_identity() -> tuple[str, str]:
    """Give a new pair: the secret key and the public key."""
    key = _pyrage().x25519.Identity.generate()
    return str(key), str(key.to_public())


def public_key(secret_key: str) -> str:
    """Give the public key of an `AGE-SECRET-KEY-1…`. Raises ConfigError where it is none."""
    pyrage = _pyrage()
    try:
        return str(pyrage.x25519.Identity.from_str(secret_key).to_public())
    except pyrage.IdentityError as error:
        raise ConfigError("the secret key is damaged", "take it from a copy", code="identity-invalid") from error


def read_identities(data: bytes, source: str) -> list[Identity]:
    """Give the keys of an identity file: lines of `AGE-SECRET-KEY-1…`, or an SSH private key.

    Raises ConfigError, without any part of the file, for what cannot open anything.
    """
    pyrage = _pyrage()
    text = data.decode("utf-8", "replace")
    if "age-encryption.org/v1" in text or "BEGIN AGE ENCRYPTED" in text:
        raise _unusable(
            source, "is itself sealed with a passphrase", f"open it for one run: age -d {source} | stackctl … -i -"
        )
    try:
        if "PRIVATE KEY-----" in text:
            return [Identity(source, pyrage.ssh.Identity.from_buffer(data))]
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
        found = [Identity(source, pyrage.x25519.Identity.from_str(line)) for line in lines]
    except pyrage.IdentityError as error:
        if "decrypted first" in str(error):
            hint = "use an age key instead: stackctl secrets identity"
            raise _unusable(source, "is an SSH key with a passphrase", hint) from None
        raise _unusable(source, "is no key that age can use", "age uses ed25519 and RSA keys of SSH") from None
    if not found:
        raise _unusable(source, "holds no key", "an age key starts with AGE-SECRET-KEY-1")
    return found


def seal(data: bytes, recipients: Sequence[str]) -> str:
    """Give the bytes sealed for all recipients, as armoured text. Raises ConfigError for a key that age cannot use."""
    try:
        keys = [_recipient(text) for text in recipients]
    except Misuse as error:
        raise ConfigError(error.message, error.hint, code=error.code) from error
    return bytes(_pyrage().encrypt(data, keys, armored=True)).decode()


def open_sealed(armour: str, identities: Iterable[Identity]) -> bytes:
    """Give what was sealed. Raises NotForUs and Damaged."""
    pyrage = _pyrage()
    try:
        return bytes(pyrage.decrypt(armour.encode(), [identity.key for identity in identities]))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NotForUs from None
        raise Damaged from None


def seal_stream(source: IO[bytes], sink: Any, recipients: Sequence[str]) -> None:
    """Seal bytes on their way. Raises ConfigError for a key that age cannot use."""
    try:
        keys = [_recipient(text) for text in recipients]
    except Misuse as error:
        raise ConfigError(error.message, error.hint, code=error.code) from error
    _pyrage().encrypt_io(source, sink, keys)


def open_stream(source: Any, sink: Any, identities: Iterable[Identity]) -> None:
    """Open bytes on their way, from anything with `read`; nothing may be built on them before the end.

    Raises NotForUs and Damaged.
    """
    pyrage = _pyrage()
    try:
        pyrage.decrypt_io(source, sink, [identity.key for identity in identities])
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        if "No matching keys" in str(error):
            raise NotForUs from None
        raise Damaged from None


def _recipient(key: str) -> Any:
    pyrage = _pyrage()
    try:
        if key.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(key)
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        pass
    hint = "age takes age1… and the SSH keys ssh-ed25519 and ssh-rsa"
    if _PLUGIN.fullmatch(key) or key.startswith("age1tag"):
        hint = f"keys of age plugins and hardware are not supported here; {hint}"
    # Only what begins like a public key is repeated: else a secret may have come here by mistake.
    named = f"“{_short(key)}”" if key.startswith(("age1", "ssh-")) else "that"
    raise Misuse(f"{named} is no public key that can be sealed for", hint, code="recipient-invalid")


def _short(key: str) -> str:
    return key if len(key) <= 40 else f"{key[:30]}…"


def _unusable(source: str, what: str, hint: str) -> ConfigError:
    return ConfigError(f"{source} {what}", hint, code="identity-invalid")


def _pyrage() -> ModuleType:
    try:
        import pyrage
    except ImportError as error:
        raise ConfigError(
            "sealing needs the package pyrage, and it is not installed",
            "install it beside stackctl: pip install pyrage",
            code="age-missing",
        ) from error
    module: ModuleType = pyrage
    return module
