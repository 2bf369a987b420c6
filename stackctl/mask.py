"""Hides secret values in any text. The one place that does it.

Two kinds of knowledge: values that we know (every stored secret, in the forms in which it travels), and positions that
hold a secret whatever the value (`PASSWORD=…`, `scheme://user:…@host`). Names, paths and codes are never hidden.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote, quote_plus

HIDDEN = "***"

# Where a value stands: after `NAME=`, after `name: `, in a JSON field. `host:8080`, `redis:7` and `a/core/b` are no
# such places: ports, tags and paths stay readable.
_BEFORE_VALUE = r"((?<=\w)=[\"']?|(?<=\w)[\"']?[ \t]*:[ \t]+[\"']?|(?<=\w)[\"']:[\"'])"
_AFTER_VALUE = r"(?=[\"']?(?:[\s,;&|)\]}]|\.?(?:\s|$)))"
# Compose takes what follows a `$` in a password for the name of a variable, and complains that it is not set.
_BEFORE_NAME, _AFTER_NAME = r'(The \\?")', r'(?=\\?" variable is not set)'
_DOLLAR_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
# What encoders of URLs leave as it is: Python's, Go's for user info, JavaScript's encodeURIComponent.
_URL_SAFE = ("", "/", "$&+,;=", "!'()*")

# Go writes these in JSON as escapes, so that it can stand in HTML.
_GO_JSON = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})

# A short value, or one that equals a word of the model, would blank out innocent text everywhere ("core", "admin"):
# it is hidden only where a value stands.
SHORTEST_ANYWHERE = 8
# Python makes a pattern letter by letter, and tries its alternatives one by one: beyond this both take minutes.
MOST_IN_PATTERN, LONGEST_IN_PATTERN = 2000, 2000

_SENSITIVE = r"(?i)PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL"
_INNOCENT = r"(?i)(_FILE|_PATH|_DIR|_ID|_NAME|_USERNAME)$|^KEYS?$"
_USER_INFO = r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)([^\s/]+)(@)"
# Flags whose value is a secret, and the short ones of programs that we know: elsewhere `-a` and `-p` mean other things.
_FLAG = (
    r"(?i)^--?(?:[\w.-]*[-_.])?(?:password|passwd|pass|requirepass|masterauth|secret|token|(?:api|secret|access)-?key)$"
)
_SHORT_FLAGS = {
    "redis-cli": ("-a",),
    "valkey-cli": ("-a",),
    **dict.fromkeys(("mongo", "mongosh", "mongod", "mongodump", "mongorestore"), ("-p",)),
}
_ASSIGNED_HINTS = ("pass", "secret", "token", "key", "credential")
# Where none of these stands in a line, only a known value could be hidden. A backslash and ESC: the text is not the one
# that a reader will see, so it has to be decoded first.
_HINTS = tuple(word.encode() for word in (*_ASSIGNED_HINTS, "authorization", "cookie", "\\", "\x1b"))
# `NAME_PASSWORD=…` and `NAME_PASSWORD: …` as in env files and YAML; `password=…` as in query strings and mount options.
# A bare word before a colon is prose or a map of any kind (`secrets:`, `key: value`).
_ASSIGNED = (
    r"(?P<name>\b[A-Za-z_][A-Za-z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL)[A-Z0-9_]*\b\"?[ \t]*[=:]"
    r"|\b(?:[A-Za-z_]\w*_)?(?i:password|passwd|secret|token)="
    # In JSON a name in small letters is a name too: `"db_password": "…"`.
    r"|\"(?i:\w*(?:password|passwd|token|api_?key|secret(?:_?key)?))\"[ \t]*:(?=[ \t]*\"))"
    r"(?P<space>[ \t]*)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&|)\]}\"']+)"
)


@lru_cache(maxsize=8192)  # of each name of an environment it is asked five times
def is_sensitive(name: str) -> bool:
    """Say whether a variable of this name holds a secret, when nothing declares it."""
    return bool(re.search(_SENSITIVE, name)) and not re.search(_INNOCENT, name)


class Mask:
    """A growing set of known values; calling it hides them in a text."""

    def __init__(self, values: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._words: set[str] = set(words)
        self._anywhere: re.Pattern[str] | _Many | None = None
        self._in_place: re.Pattern[str] | _ManyPlaced | None = None
        self._in_warning: re.Pattern[str] | _ManyPlaced | None = None
        self._forms: tuple[bytes, ...] = ()
        self._short: re.Pattern[bytes] | None = None
        # Patterns are made when text comes: values are learnt one by one, and making the patterns costs 2 ms. Numbers,
        # so that what another thread learns meanwhile is not forgotten.
        self._learnt = self._made = 0
        self.add(*values)

    def add(self, *values: str) -> None:
        """Learn secret values; empty ones are passed over."""
        fresh = {value for value in values if value.strip()} - self._values
        if fresh:
            self._values = self._values | fresh
            self._learnt += 1

    def protect(self, *words: str) -> None:
        """Learn words of the model (services, images, keys) that must stay readable where they are not a value."""
        if set(words) - self._words:
            self._words = self._words | set(words)
            self._learnt += 1

    def __call__(self, text: str) -> str:
        """Give the text with every secret value replaced by `***`."""
        if self._made != self._learnt:
            self._compile()
        if self._anywhere is not None:
            text = self._anywhere.sub(HIDDEN, text)
        for pattern in (self._in_place, self._in_warning):
            if pattern is not None:
                text = pattern.sub(rf"\g<1>{HIDDEN}", text)
        # The two patterns below are slow, and most text has nothing for them.
        if "://" in text:
            text = re.sub(_USER_INFO, rf"\g<1>{HIDDEN}\g<3>", text)
        low = text.lower()
        if any(hint in low for hint in _ASSIGNED_HINTS):
            text = re.sub(_ASSIGNED, _hide_assigned, text)
        return text

    def holds(self, text: str) -> bool:
        """Say whether a known value stands in a text, in any of its forms: what has passed the mask holds none."""
        if self._made != self._learnt:
            self._compile()
        data = text.encode("utf-8", "surrogateescape")
        if self._anywhere is None or not any(form in data for form in self._forms):
            return False
        return self._anywhere.sub("", text) != text

    def suspects(self, data: bytes) -> list[int]:
        """Give the places in a large text at which something may have to be hidden, in no order; they may repeat.

        Never too few: a line without such a place can be shown as it is. Made for logs: 600,000 lines pass here.
        """
        if self._made != self._learnt:
            self._compile()
        found: list[int] = []
        low = data.lower()
        # Looking for one word after the other is faster here than a pattern of them all.
        for text, words in ((data, self._forms), (low, _HINTS), (data, (b"://",) if b"@" in data else ())):
            for word in words:
                place = text.find(word)
                while place >= 0:
                    found.append(place)
                    place = text.find(word, place + 1)
        if self._short is not None:
            found += [match.start() for match in self._short.finditer(data)]
        return found

    def _compile(self) -> None:
        learnt = self._learnt
        anywhere = {v for v in self._values if len(v) >= SHORTEST_ANYWHERE and v not in self._words}
        spellings = {form for value in anywhere for form in forms(value)}
        many = len(spellings) > MOST_IN_PATTERN or any(len(text) > LONGEST_IN_PATTERN for text in spellings)
        self._anywhere = _Many(spellings) if many else _alternatives(spellings)
        self._forms = _beginnings(spellings) if many else _shortest(spellings)
        self._in_place = _placed(self._values - anywhere, _BEFORE_VALUE, _AFTER_VALUE)
        names = {
            name for value in self._values for name in _DOLLAR_NAME.findall(value) if len(name) < SHORTEST_ANYWHERE
        }
        self._in_warning = _placed(names, _BEFORE_NAME, _AFTER_NAME)
        short = (pattern.pattern.encode() for pattern in (self._in_place, self._in_warning) if pattern)
        self._short = re.compile(b"|".join(short)) if self._in_place or self._in_warning else None
        self._made = learnt  # last: another thread may ask meanwhile, and must not meet half of it


class _Many:
    """Very many or very long texts, looked up by how they begin; what stands in for a pattern of them all."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        lengths: dict[str, set[int]] = {}
        for text in self._texts:
            lengths.setdefault(text[:SHORTEST_ANYWHERE], set()).add(len(text))
        # Generated values begin alike: by length, one look for a thousand of them.
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}  # the longest first

    def sub(self, replacement: str, text: str) -> str:
        """Give the text with each of them replaced."""
        pieces: list[str] = []
        kept = position = 0
        while position + SHORTEST_ANYWHERE <= len(text):
            lengths = self._lengths.get(text[position : position + SHORTEST_ANYWHERE], ())
            length = next((size for size in lengths if text[position : position + size] in self._texts), 0)
            if length:
                pieces += text[kept:position], replacement
                kept = position = position + length
            else:
                position += 1
        return "".join(pieces) + text[kept:]


class _ManyPlaced:
    """Very many texts that count only behind `before` (one group) and in front of `after`."""

    def __init__(self, texts: Iterable[str], before: str, after: str) -> None:
        self.pattern = before  # more places than those that count: never too few
        self._before, self._after = re.compile(before), re.compile(after)
        self._texts = frozenset(texts)
        self._lengths = sorted({len(text) for text in self._texts}, reverse=True)

    def sub(self, replacement: str, text: str) -> str:
        r"""Give the text with each of them replaced; `\g<1>` in the replacement is what stands before."""
        pieces: list[str] = []
        kept = 0
        for found in self._before.finditer(text):
            start = found.end()
            if start >= kept and (end := self._end(text, start)):
                pieces += text[kept : found.start()], found.expand(replacement)
                kept = end
        return "".join(pieces) + text[kept:]

    def _end(self, text: str, start: int) -> int:
        ends = (start + size for size in self._lengths if text[start : start + size] in self._texts)
        return next((end for end in ends if self._after.match(text, end)), 0)


def _beginnings(spellings: Iterable[str]) -> tuple[bytes, ...]:
    return tuple({text[:SHORTEST_ANYWHERE].encode("utf-8", "surrogateescape") for text in spellings})


def hide_in_words(words: Sequence[str]) -> tuple[str, ...]:
    """Give the words of a command with every value hidden that stands where a secret does, whatever it is."""
    found = sorted(secrets_in_words(words), key=len, reverse=True)
    return tuple(_without(word, found) for word in words)


def secrets_in_words(words: Sequence[str]) -> list[str]:
    """Give the values of a command that stand where a secret does: `--password X`, `redis-cli -a X`, `user:X@host`.

    A word may be a whole shell line. References, paths and further flags are no values.
    """
    tokens = [token for word in words for token in _tokens(word)]
    found = [password for token in tokens for password in uri_passwords(token)]
    program = ""
    for token, following in pairwise([*tokens, ""]):
        name = token.rpartition("/")[2]
        program = name if name in _SHORT_FLAGS else program
        flag, equals, value = token.partition("=")
        if re.search(_FLAG, flag) or flag in _SHORT_FLAGS.get(program, ()):
            found.append(value if equals else following)
        elif equals and is_sensitive(flag):
            found.append(value)
    return [value for value in found if value and not re.match(r"[-$/]|\*\*\*", value)]


def uri_passwords(text: str) -> list[str]:
    """Give the passwords of the URIs in a text."""
    return [match[2] for match in re.finditer(_USER_INFO, text)]


def _tokens(word: str) -> list[str]:
    try:
        return shlex.split(word)
    except ValueError:
        return word.split()


def _without(word: str, values: Sequence[str]) -> str:
    for value in values:
        word = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", HIDDEN, word)
    return word


def _hide_assigned(match: re.Match[str]) -> str:
    name, value = match["name"].rstrip('"=: \t'), match["value"]
    # A reference `${NAME}` and a hidden value say nothing.
    if re.search(_INNOCENT, name) or re.match(r"\$[{A-Za-z_]|\*\*\*", value) or value.strip("\"'") in ("", "null"):
        return match[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{match['space']}{mark}{HIDDEN}{mark}"


def assignments(text: str) -> Iterator[tuple[int, str]]:
    """Give what sensitive names are given in a text, without quotes, and where each value starts."""
    for match in re.finditer(_ASSIGNED, text):
        if match["value"] != _hide_assigned(match)[len(match["name"] + match["space"]) :]:
            quoted = match["value"][0] in "\"'"
            yield match.start("value") + quoted, match["value"].strip("\"'")


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
    pieces = {*value.splitlines(), *value.split("$"), *_DOLLAR_NAME.findall(value), _DOLLAR_NAME.sub("", value)}
    return found | {piece for piece in pieces if len(piece) >= SHORTEST_ANYWHERE}


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


def _shortest(spellings: Iterable[str]) -> tuple[bytes, ...]:
    """Give the spellings that hold no other one: where a longer one stands, a shorter one is found."""
    kept: list[str] = []
    for text in sorted(set(spellings), key=len):
        if not any(other in text for other in kept):
            kept.append(text)
    return tuple(text.encode("utf-8", "surrogateescape") for text in kept)


def _placed(texts: set[str], before: str, after: str) -> re.Pattern[str] | _ManyPlaced | None:
    return _ManyPlaced(texts, before, after) if len(texts) > MOST_IN_PATTERN else _alternatives(texts, before, after)


def _alternatives(texts: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str] | None:
    ordered = sorted(texts, key=len, reverse=True)  # the longest first, or a prefix would leave the rest readable
    if not ordered:
        return None
    return re.compile(f"{before}(?:{'|'.join(re.escape(text) for text in ordered)}){after}")
