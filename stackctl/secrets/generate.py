"""Makes new secrets from letters, digits, `-` and `_` only.

No env file, URI, YAML, JSON or shell changes those. A value starts with a letter or a digit, because a program that
gets `-x…` as an argument takes it for an option. The number says the same as elsewhere: `hex(32)` is what
`openssl rand -hex 32` gives, 32 random bytes written as 64 characters.

    hex(N)         N bytes, 2 N characters 0-9 a-f
    base64url(N)   N bytes, about 4/3 N characters A-Z a-z 0-9 - _, without padding
    alnum(N)       N characters A-Z a-z 0-9, for services that count characters or refuse signs

One way makes several lines: `ec-key(256)`, a private key of P-256 as PEM, for certificates.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from typing import TYPE_CHECKING

from stackctl.env.call import parse_call
from stackctl.env.place import Place
from stackctl.env.recipe import check_recipe

if TYPE_CHECKING:
    from stackctl.secrets.entropy import Entropy

_ALNUM = string.ascii_letters + string.digits


def generate(spec: str, entropy: Entropy) -> str:
    """Give a new value of a recipe such as `hex(32)`. Raises ConfigError for a recipe that does not exist."""
    place = Place(spec, 1, 1)
    call = parse_call(spec, place)
    number = check_recipe(call, place)
    return _MAKERS[call.name](number, entropy)


def _hex(count: int, entropy: Entropy) -> str:
    return entropy.take(count).hex()


def _base64url(count: int, entropy: Entropy) -> str:
    while True:
        text = base64.urlsafe_b64encode(entropy.take(count)).decode().rstrip("=")
        if text[0] not in "-_":
            return text


def _alnum(count: int, entropy: Entropy) -> str:
    text = ""
    while len(text) < count:
        # 248 is the largest multiple of 62 in a byte: what is above would make some letters likelier than others.
        text += "".join(_ALNUM[byte % 62] for byte in entropy.take(count) if byte < 248)
    return text[:count]


def _ec_key(_bits: int, entropy: Entropy) -> str:
    from stackctl.services.tls import ec_key

    # 16 bytes more than the key has, so that no key is likelier than another by more than 2^-128 (FIPS 186-5, A.2.1).
    return ec_key(int.from_bytes(entropy.take(48)))


_MAKERS: dict[str, Callable[[int, Entropy], str]] = {
    "hex": _hex,
    "base64url": _base64url,
    "alnum": _alnum,
    "ec-key": _ec_key,
}
