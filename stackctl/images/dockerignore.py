"""Docker's ignore rules, as its own code has them (moby/patternmatcher and tonistiigi/fsutil), on relative paths.

They look like git's and are not: a pattern is anchored at the context, the last match wins, and a `!` brings a file
back even where its folder is left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_ESCAPED = frozenset(".+()|{}$")
_GLOB = frozenset("*[]?\\")


@dataclass(frozen=True)
class Rule:
    """One pattern: its cleaned text, whether it brings files back, and the test of a path."""

    text: str
    brings_back: bool
    matches: Callable[[str], bool]


@dataclass(frozen=True)
class Verdict:
    """Whether a path is left out, and which rules it matched: what lies below it inherits them."""

    ignored: bool
    matched: tuple[bool, ...]


class Ignore:
    """The rules of one ignore file."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules = tuple(rules)
        prefixes = [_without_tail(rule.text) for rule in rules if rule.brings_back]
        # fsutil prunes only where every exception is a plain prefix; one wild card makes it look everywhere.
        self._prunes = not any((_GLOB | {"^"}) & set(prefix) for prefix in prefixes)
        self._exceptions = [f"{prefix}/" for prefix in prefixes]

    def check(self, path: str, parent: Verdict | None = None) -> Verdict:
        """Judge a path (relative, `/` between its parts), given the verdict on its folder (None at the top).

        A rule that cannot change the answer is not tried, and counts as not matched for what lies below. That is
        Docker's own short cut, and it shows: after `foo*`, `!foo/x`, `foo` the file foo/x is sent.
        """
        ignored = False
        matched: list[bool] = []
        for index, rule in enumerate(self.rules):
            match = parent is not None and parent.matched[index]
            if not match and rule.brings_back == ignored:
                match = rule.matches(path)
            matched.append(match)
            if match:
                ignored = not rule.brings_back
        return Verdict(ignored, tuple(matched))

    def prunes(self, folder: str) -> bool:
        """Say whether nothing below a folder that is left out can come back, so that it need not be read."""
        return self._prunes and not any(prefix.startswith(f"{folder}/") for prefix in self._exceptions)


def parse(text: str) -> Ignore:
    """Read an ignore file. Raises ValueError for a pattern that Docker rejects as well."""
    rules = []
    for line in text.removeprefix("\ufeff").split("\n"):
        if line.startswith("#") or not line.strip():
            continue
        pattern = line.strip()
        brings_back = pattern.startswith("!")
        if brings_back:
            pattern = pattern[1:].strip()
            if not pattern:
                raise ValueError("illegal exclusion pattern: “!”")
        pattern = _clean(pattern)
        rules.append(Rule(pattern, brings_back, _matcher(pattern)))
    return Ignore(rules)


def _clean(pattern: str) -> str:
    cleaned = posixpath.normpath(pattern)
    return cleaned.lstrip("/") if len(cleaned) > 1 else cleaned


def _without_tail(text: str) -> str:
    return text.removesuffix("/**").removesuffix("/*")


def _matcher(pattern: str) -> Callable[[str], bool]:
    r"""Give the test for one pattern. Raises ValueError for one that is no pattern.

    `**` is any number of folders, at the end everything; `*` and `?` stop at `/`; `[…]` and `\` as in a shell.
    """
    if not _GLOB & set(pattern):
        return lambda path: path == pattern
    if pattern == "**":
        return lambda _path: True
    if pattern.startswith("**") and not _GLOB & set(pattern[2:]):
        tail = pattern[2:]
        return lambda path: path.endswith(tail) or (tail.startswith("/") and path == tail[1:])
    try:
        compiled = re.compile(_regex(pattern) + r"\Z")
    except re.error as error:
        raise ValueError(f"no pattern: {pattern}") from error
    return lambda path: compiled.match(path) is not None


def _regex(pattern: str) -> str:
    out = ""
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        position += 1
        if pattern.startswith("**", position - 1):
            position += 1
            if pattern.startswith("/", position):
                position += 1
            out += "(.*/)?" if position < len(pattern) else ".*"
        elif letter == "*":
            out += "[^/]*"
        elif letter == "?":
            out += "[^/]"
        elif letter in _ESCAPED:
            out += f"\\{letter}"
        elif letter == "\\":
            if position == len(pattern):
                raise ValueError(f"no pattern, it ends in a backslash: {pattern}")
            out += f"\\{pattern[position]}"
            position += 1
        else:
            out += letter
    return out
