"""What is legal in an env file and most likely not meant: each with its place and a way out, never with a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from stackctl.env.interpolate import NAME, interpolate
from stackctl.env.place import Place, Ruler
from stackctl.env.scan import BLANK, BLANKS, Entry, end_of
from stackctl.errors import ConfigError, Finding, Severity

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile

_DOLLAR = re.compile(rf"\$(?:(?P<pair>\$)|(?P<named>{NAME})|\{{(?P<braced>{NAME})\}})")
_DOLLAR_OR_ESCAPE = re.compile(rf"\\.|{_DOLLAR.pattern}", re.DOTALL)
_TAB_HASH = re.compile(rf"[{BLANK.replace(' ', '')}]#")
_LONE_CR = re.compile(r"\r(?!\n)")
# Characters without a shape: controls, NBSP and its kin, soft hyphen, zero width, direction marks, BOM, selectors.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_SAY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


WARNING: Severity = "warning"
ERROR: Severity = "error"


def flags(env_file: EnvFile, known: Collection[str] = ()) -> list[Finding]:
    """Give every finding, in the order of the file. `known` are names set in the shell and in earlier files.

    A finding's subject is file:line:column. Codes: comment-as-value, tab-before-comment, text-after-quote,
    duplicate-key, dollar, invisible-character, not-utf8, lone-cr, no-last-newline, byte-order-mark.
    """
    found = [*_of_file(env_file), *_of_entries(env_file, known)]
    return [finding for _, finding in sorted(found, key=lambda pair: (pair[0].line, pair[0].column))]


Flag = tuple[Place, Finding]


def _of_file(env_file: EnvFile) -> Iterator[Flag]:
    text, source = env_file.text, env_file.source
    if env_file.bom:
        message = "the file starts with a byte-order mark, which other readers take for a part of the first name"
        yield _flag(Place(source, 1, 1), "byte-order-mark", message, "save the file as UTF-8 without BOM")
    ruler = Ruler(text, source)
    for found in _LONE_CR.finditer(text):
        message = "a carriage return without a line feed ends no line, so what follows belongs to this line"
        yield _flag(ruler.place(found.start()), "lone-cr", message, "save the file with LF line ends")
        break
    for pattern, code, message, hint in (
        (_INVISIBLE, "invisible-character", "there is a character that cannot be seen", "delete it and type it again"),
        (_NOT_UTF8, "not-utf8", "there is a byte that is not UTF-8", "save the file again as UTF-8"),
    ):
        yield from _first_per_line(env_file, pattern, code, message, hint)
    if text and not text.endswith("\n"):
        last = env_file.entries[-1] if env_file.entries else None
        end = Ruler(text, source).place(len(text))
        if last is not None and not last.key and last.span.end == len(text.rstrip()):
            message = "this name has no value and no line end, so Compose takes it for a value without a name"
            yield _flag(last.place, "no-last-newline", message, "add = and a value, and end the line", "error")
        else:
            message = "the last line has no line end, so what is added next joins it"
            yield _flag(end, "no-last-newline", message, "end the last line")


def _first_per_line(env_file: EnvFile, pattern: re.Pattern[str], code: str, message: str, hint: str) -> Iterator[Flag]:
    ruler, line = Ruler(env_file.text, env_file.source), 0
    for found in pattern.finditer(env_file.text):
        place = ruler.place(found.start())
        if place.line != line:
            line = place.line
            yield _flag(place, code, f"{message} (U+{ord(found.group()):04X})" if code[0] == "i" else message, hint)


def _of_entries(env_file: EnvFile, known: Collection[str]) -> Iterator[Flag]:
    seen: dict[str, Place] = {}
    names = set(known)
    for entry in env_file.entries:
        if entry.quote == "none":
            yield from _unquoted(entry)
        elif entry.quote in ("single", "double"):
            yield from _after_quote(env_file, entry)
        if "$" in entry.raw_value and entry.quote in ("none", "double"):
            yield from _dollars(entry, names)
        if entry.key in seen:
            first = seen[entry.key]
            message = f"{_name(entry)} is set again; the value of line {first.line} is lost"
            yield _flag(entry.place, "duplicate-key", message, "remove one of the two lines")
        seen.setdefault(entry.key, entry.place)
        names.add(entry.key)


def _unquoted(entry: Entry) -> Iterator[Flag]:
    if entry.raw_value.startswith("#"):
        message = f"the value of {_name(entry)} is this comment: only a value before it makes it one"
        hint = "put the comment on a line of its own, or quotes around the value"
        yield _flag(entry.value_place, "comment-as-value", message, hint)
    elif found := _TAB_HASH.search(entry.raw_value):
        message = f"the value of {_name(entry)} goes on through the #: only a space makes a comment of it"
        hint = "put a space before the #, or quotes around the value"
        yield _flag(_within(entry, found.start()), "tab-before-comment", message, hint)


def _after_quote(env_file: EnvFile, entry: Entry) -> Iterator[Flag]:
    # One look at what comes next: thousands of entries may share a line, so none may read the rest of it.
    position = end_of(BLANKS, env_file.text, entry.span.end)
    if env_file.text[position : position + 1] not in ("", "\n", "#"):
        message = f"the text after the closing quote of {_name(entry)} is not in its value: it is read as a new entry"
        yield _flag(_within(entry, len(entry.raw_value)), "text-after-quote", message, "move it inside the quotes")


def _dollars(entry: Entry, names: Collection[str]) -> Iterator[Flag]:
    pattern = _DOLLAR if entry.quote == "none" else _DOLLAR_OR_ESCAPE
    try:
        interpolate(entry.raw_value, lambda _: "x", entry.value_place)
    except ConfigError as error:
        if error.code == "env-syntax":
            message = f"a `${{` in the value of {_name(entry)} does not parse, and Compose rejects the file"
            yield _flag(entry.value_place, "dollar", message, "put single quotes around a literal value", "error")
        return
    for found in pattern.finditer(entry.raw_value):
        if found["pair"]:
            message, severity = f"two $ in the value of {_name(entry)} become one", WARNING
        elif (name := found["named"] or found["braced"]) and name not in names:
            message = (
                f"a $ in the value of {_name(entry)} starts the name of a variable that is set nowhere: both vanish"
            )
            severity = ERROR
        else:
            continue
        yield _flag(
            _within(entry, found.start()), "dollar", message, "put single quotes around a literal value", severity
        )
        return


def _within(entry: Entry, offset: int) -> Place:
    before = entry.raw_value[:offset]
    lines = before.count("\n")
    start = entry.value_place
    column = len(before) - before.rfind("\n") if lines else start.column + offset
    return Place(start.source, start.line + lines, column)


def _name(entry: Entry) -> str:
    """Give what to call an entry: by its key where that looks like one; odd keys may be lines of a private key."""
    return entry.key if _SAY.fullmatch(entry.key) and entry.quote != "bare" else "this entry"


def _flag(place: Place, code: str, message: str, hint: str, severity: Severity = "warning") -> Flag:
    return place, Finding(code, severity, str(place), message, hint)
