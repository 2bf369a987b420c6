"""Writes values so that every Compose reads back exactly what was given, and env files that only their owner reads."""

from __future__ import annotations

import re

from stackctl.errors import ConfigError

# Besides Compose, a shell that sources the file and python-dotenv leave these characters alone.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"})


def quote(value: str, *, quoted: bool = False) -> str:
    r"""Give the text that stands after `KEY=` for a value; it never holds a `$` reference. Its inverse is `parse`.

    Bare where every character is harmless (and `quoted` does not ask for quotes), else single quotes, in which Compose
    changes nothing but \'; double quotes for a value that single quotes cannot hold. Raises ConfigError for a NUL and
    for half a surrogate pair, which no environment can carry.
    """
    if "\x00" in value:
        raise ConfigError("a value with a NUL byte cannot be written to an env file", "keep it in a secret file")
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ConfigError("the value is not Unicode text, so no file can hold it", "set it again") from None
    if not quoted and _PLAIN.fullmatch(value):
        return value
    if "'" not in value and not value.endswith("\\"):
        return f"'{value}'"
    return '"' + value.translate(_ESCAPES) + '"'
