"""Hides secret values in any text. The one place that does it.

Two kinds of knowledge: values that we know (every stored secret, in the forms in which it travels), and positions that
hold a secret whatever the value (`PASSWORD=…`, `scheme://user:…@host`). Names, paths and codes are never hidden.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"

# Go writes these in JSON as escapes, so that it can stand in HTML.
_GO_JSON = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"}

# A short value, or one that equals a word of the model, would blank out innocent text everywhere ("core", "admin"):
# it is hidden only where a value stands.
SHORTEST_ANYWHERE = 8

_SENSITIVE = r"(?i)PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL"
_INNOCENT = r"(?i)(_FILE|_PATH|_DIR|_ID|_NAME|_USERNAME)$|^KEYS?$"
_USER_INFO = r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)([^\s/]+)(@)"
# `NAME_PASSWORD=…` and `NAME_PASSWORD: …` as in env files and YAML; `password=…` as in query strings and mount options.
# A bare word before a colon is prose or a map of any kind (`secrets:`, `key: value`).
_ASSIGNED = (
    r"(?P<name>\b[A-Za-z_][A-Za-z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL)[A-Z0-9_]*\b\"?[ \t]*[=:]"
    r"|\b(?:[A-Za-z_]\w*_)?(?i:password|passwd|secret|token)=)"
    r"(?P<space>[ \t]*)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&|)\]}\"']+)"
)


def is_sensitive(name: str) -> bool:
    """Say whether a variable of this name holds a secret, when nothing declares it."""
    return bool(re.search(_SENSITIVE, name)) and not re.search(_INNOCENT, name)


class Mask:
    """A growing set of known values; calling it hides them in a text."""

    def __init__(self, values: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._words: set[str] = set(words)
        self._anywhere: re.Pattern[str] | None = None
        self._in_place: re.Pattern[str] | None = None
        self.add(*values)

    def add(self, *values: str) -> None:
        """Learn secret values; empty ones are passed over."""
        fresh = {value for value in values if value.strip()} - self._values
        if fresh:
            self._values |= fresh
            self._compile()

    def protect(self, *words: str) -> None:
        """Learn words of the model (services, images, keys) that must stay readable where they are not a value."""
        if set(words) - self._words:
            self._words |= set(words)
            self._compile()

    def __call__(self, text: str) -> str:
        """Give the text with every secret value replaced by `***`."""
        if self._anywhere is not None:
            text = self._anywhere.sub(HIDDEN, text)
        if self._in_place is not None:
            text = self._in_place.sub(rf"\g<1>{HIDDEN}", text)
        text = re.sub(_USER_INFO, rf"\g<1>{HIDDEN}\g<3>", text)
        return re.sub(_ASSIGNED, _hide_assigned, text)

    def _compile(self) -> None:
        anywhere = {v for v in self._values if len(v) >= SHORTEST_ANYWHERE and v not in self._words}
        forms = {form for value in anywhere for form in _forms(value)}
        self._anywhere = _alternatives(forms)
        short = _alternatives(self._values - anywhere, "([=:]\\s*[\"']?)", "(?![A-Za-z0-9_])")
        self._in_place = short


def _hide_assigned(match: re.Match[str]) -> str:
    name, value = match["name"].rstrip('"=: \t'), match["value"]
    # A reference `${NAME}` and a hidden value say nothing.
    if re.search(_INNOCENT, name) or re.match(r"\$[{A-Za-z_]|\*\*\*", value) or value.strip("\"'") in ("", "null"):
        return match[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{match['space']}{mark}{HIDDEN}{mark}"


def _forms(value: str) -> set[str]:
    """Give the spellings in which a value travels: as it is, escaped for Compose, for URIs and in base64.

    A password with `$` that Compose interpolated comes back in its warnings in pieces, so the pieces count too.
    """
    raw = value.encode()
    forms = {value, value.replace("$", "$$"), quote(value, safe=""), quote_plus(value)}
    # Without its padding: JWT and many tools leave it out, and what is left of it says nothing.
    forms |= {encode(raw).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    quoted = json.dumps(value, ensure_ascii=False)[1:-1]
    forms |= {quoted, json.dumps(value)[1:-1], "".join(_GO_JSON.get(char, char) for char in quoted)}
    forms |= {line for line in value.splitlines() if len(line) >= SHORTEST_ANYWHERE}
    forms |= {piece for piece in value.split("$") if len(piece) >= SHORTEST_ANYWHERE}
    return forms


def _alternatives(texts: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str] | None:
    ordered = sorted(texts, key=len, reverse=True)  # the longest first, or a prefix would leave the rest readable
    if not ordered:
        return None
    return re.compile(f"{before}(?:{'|'.join(re.escape(text) for text in ordered)}){after}")
