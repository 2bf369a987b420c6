"""The spellings in which a secret value travels: escaped, in URIs, in base64, in pieces."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

# A short value, or one that equals a word of the model, would blank out innocent text everywhere ("core", "admin"):
# it is hidden only where a value stands.
SHORTEST_ANYWHERE = 8
# What encoders of URLs leave as it is: Python's, Go's for user info, JavaScript's encodeURIComponent.
_URL_SAFE = ("", "/", "$&+,;=", "!'()*")
# Go writes these in JSON as escapes, so that it can stand in HTML.
_GO_JSON = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})
_DOLLAR_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


def forms(value: str) -> set[str]:
    """Give the spellings in which a value travels: as it is, escaped for Compose, JSON, YAML and URIs, in base64.

    A password with `$` that Compose interpolated comes back in its warnings in pieces, so the pieces count too.
    """
    quoted = json.dumps(value, ensure_ascii=False)[1:-1]
    raw = value.encode("utf-8", "surrogateescape")
    found = {value, value.replace("$", "$$"), value.replace("'", "''"), quote_plus(raw)}
    found |= {quote(raw, safe=safe) for safe in _URL_SAFE}
    found |= {quoted, json.dumps(value)[1:-1], quoted.translate(_GO_JSON)}
    found |= _base64_forms(raw)
    pieces = {*value.splitlines(), *value.split("$"), *dollar_names(value), _DOLLAR_NAME.sub("", value)}
    return found | {piece for piece in pieces if len(piece) >= SHORTEST_ANYWHERE}


def dollar_names(value: str) -> list[str]:
    """Give what Compose takes for names of variables in a value: whatever follows a `$`."""
    return _DOLLAR_NAME.findall(value)


def _base64_forms(raw: bytes) -> set[str]:
    """Give what base64 makes of a value by itself, and of one in the middle of a text (`user:password`).

    A character of base64 is 6 bits, so behind one or two other bytes all characters are different ones; those at the
    edges depend on the neighbours and are left out. Without padding: JWT and many tools leave it out.
    """
    found = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found.add(encode(raw).decode().rstrip("="))
        for before, first in ((0, 0), (1, 2), (2, 3)):
            found.add(encode(b"\0" * before + raw).decode()[first : (before + len(raw)) * 8 // 6])
    return found
