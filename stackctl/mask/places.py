"""The places that hold a secret whatever the value: `PASSWORD=…`, `--password …`, `scheme://user:…@host`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

HIDDEN = "***"

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
HINTS = tuple(word.encode() for word in (*_ASSIGNED_HINTS, "authorization", "cookie", "\\", "\x1b"))
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


def hide_in_places(text: str) -> str:
    """Give the text with every value hidden that stands where a secret does, whatever it is."""
    # Both patterns are slow, and most text has nothing for them.
    if "://" in text:
        text = re.sub(_USER_INFO, rf"\g<1>{HIDDEN}\g<3>", text)
    low = text.lower()
    if any(hint in low for hint in _ASSIGNED_HINTS):
        text = re.sub(_ASSIGNED, _hide_assigned, text)
    return text


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
