"""Reads an env file as Compose reads it (compose-go dotenv 2.4.8), and rewrites it without touching anything else.

    env_file = parse(data, "env/core/dev.env")
    env_file.resolve(os.environ)                      what Compose makes of it
    env_file.replace("PORT", "8080").to_bytes()       the same file with one other value

python-dotenv differs from Compose on 44 of 107 inputs, so it must not decide what a container gets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from stackctl.env.escape import unescape
from stackctl.env.interpolate import interpolate
from stackctl.env.scan import Entry, scan
from stackctl.env.write import quote
from stackctl.errors import ConfigError

_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(r"[\w.\-\[\]]+")
_MORE = re.compile(r"[\t\r ]*+[^\n]")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Addition:
    """An entry to add: a name, its value, the comment lines above it (with or without `#`; an empty one is a gap)."""

    key: str
    value: str = field(repr=False)
    comment_lines: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Give the lines of the file. Raises ConfigError for what Compose would not read back."""
        if not _NAME.fullmatch(self.key):
            raise ConfigError(f"{self.key!r} cannot be a variable's name", "use letters, digits and _")
        above = [_comment(line) for text in self.comment_lines for line in text.splitlines() or [""]]
        return [*above, f"{self.key}={quote(self.value)}"]


@dataclass(frozen=True)
class EnvFile:
    """An env file as text and as entries. Immutable: an edit gives a new one."""

    source: str
    text: str = field(repr=False)
    bom: bool
    entries: tuple[Entry, ...]

    @cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    def get(self, key: str) -> Entry | None:
        """Give the entry that counts for a key, which is the last one, or None."""
        return self._by_key.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of their first appearance, each once."""
        return tuple(self._by_key)

    def resolve(
        self, lookup: Mapping[str, str], earlier: Mapping[str, str] = _NOTHING, as_env_file: bool = False
    ) -> dict[str, str]:
        """Give the values that Compose makes of the file.

        `lookup` is the surroundings: the shell for a `.env`; the shell and the `.env` for a service's `env_file`.
        `earlier` holds what the files before this one gave. A `$NAME` is looked for there and then in the lines above:
        in a `.env` the surroundings come first, in an `env_file` the earlier files do (Compose from 2.35 on has the
        surroundings first there too; pass `earlier` within `lookup` for that). As a `.env`, a name that the
        surroundings have keeps their value.

        Raises ConfigError, with its place and without any value, for a reference that does not parse, a required
        variable without a value and, as a `.env`, for what no process environment can hold (no name, or a NUL).
        """
        first, second = (earlier, lookup) if as_env_file else (lookup, earlier)
        values: dict[str, str] = {}

        def outside(name: str) -> str | None:
            found = first.get(name)
            return second.get(name) if found is None else found

        def anywhere(name: str) -> str | None:
            found = outside(name)
            return values.get(name) if found is None else found

        for entry in self.entries:
            if entry.quote == "bare":
                inherited = outside(entry.key)
                if inherited is not None:
                    values[entry.key] = inherited
                continue
            value = unescape(entry.raw_value, entry.quote)
            if entry.quote != "single":
                value = interpolate(value, anywhere, entry.value_place)
            values[entry.key] = value
        return values if as_env_file else self._settable(values, lookup)

    def _settable(self, values: dict[str, str], lookup: Mapping[str, str]) -> dict[str, str]:
        for key, value in values.items():
            if key in lookup:
                values[key] = lookup[key]
            elif not key:
                hint = "write NAME=value, and end the last line with a line end"
                raise ConfigError(f"{self._by_key[key].place}: this value has no name", hint, code="env-syntax")
            elif "\x00" in value:
                place = self._by_key[key].value_place
                raise ConfigError(f"{place}: a value cannot hold a NUL", "remove the NUL byte", code="env-syntax")
        return values

    def replace(self, key: str, value: str) -> EnvFile:
        """Give the file with the key's last entry changed to `value`; all other bytes stay.

        Raises ConfigError where the key is not there, or the value cannot be carried (see `quote`).
        """
        return self.replace_all({key: value})

    def replace_all(self, values: Mapping[str, str]) -> EnvFile:
        """Give the file with several entries changed at once, name → value; see `replace`."""
        pieces: list[str] = []
        position = 0
        for key in sorted(values, key=lambda key: self._entry(key).span.start):
            entry, value = self._entry(key), values[key]
            equals = "=" if entry.quote == "bare" else ""
            written = equals + quote(value, quoted=self._needs_quotes(entry, value))
            pieces += self.text[position : entry.span.start], written
            position = entry.span.end
        return self.edited("".join(pieces) + self.text[position:]) if pieces else self

    def _entry(self, key: str) -> Entry:
        entry = self.get(key)
        if entry is None or not key:
            raise ConfigError(f"{self.source} has no {key or 'entry without a name'}", "add it instead")
        return entry

    def append(self, key: str, value: str, comment_lines: Sequence[str] = ()) -> EnvFile:
        """Give the file with one entry more at its end; see `extend`."""
        return self.extend([Addition(key, value, tuple(comment_lines))])

    def extend(self, additions: Sequence[Addition]) -> EnvFile:
        """Give the file with entries more at its end, each under its comment lines, in one reading.

        Raises ConfigError for a name that Compose rejects or a value that cannot be carried.
        """
        end = self.line_end
        glue = end if additions and self.text and not self.text.endswith("\n") else ""
        lines = [line for addition in additions for line in addition.lines()]
        return self.edited(self.text + glue + "".join(line + end for line in lines))

    def to_bytes(self) -> bytes:
        """Give the file's content; for a file that was only read, the very bytes that were read."""
        return (_BOM if self.bom else b"") + self.text.encode("utf-8", "surrogateescape")

    def edited(self, text: str) -> EnvFile:
        """Give the file with another text. Raises ConfigError where Compose rejects it."""
        return EnvFile(self.source, text, self.bom, scan(text, self.source))

    def _needs_quotes(self, entry: Entry, value: str) -> bool:
        """Whether what follows on the line would become a part of a value without quotes."""
        comment = entry.quote == "none" and value and self.text.startswith(" #", entry.span.end)
        return bool(_MORE.match(self.text, entry.span.end)) and not comment

    @property
    def line_end(self) -> str:
        """How its lines end."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"


def parse(data: bytes, source: str) -> EnvFile:
    """Read an env file. `source` is its name in messages.

    Raises ConfigError, with file:line:column and never a value, where Compose rejects the file. A `${` that does not
    parse is found by `resolve`, so that a file with a damaged value can still be repaired.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{source}:1:1: the file is UTF-16", "save it as UTF-8", code="env-syntax")
    bom = data.startswith(_BOM)
    # Bytes that are not UTF-8 pass through Compose untouched, so they must pass through here.
    text = data[len(_BOM) if bom else 0 :].decode("utf-8", "surrogateescape")
    return EnvFile(source, text, bom, scan(text, source))


def _comment(line: str) -> str:
    return line if line.startswith("#") or not line else f"# {line}"
