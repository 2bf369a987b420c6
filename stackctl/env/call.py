"""`name(argument, argument)`: the one form in which templates say a type, a generator or a derivation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stackctl.env.place import Place
from stackctl.errors import ConfigError
from stackctl.workspace.names import closest

_HEAD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Call:
    """A name and its arguments, as words; `str()` gives it back as it is written."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments else self.name


def read_call(text: str, position: int, place: Place) -> tuple[Call, int]:
    """Read a call at a position; give it and the position after it.

    `place` is that of `text`'s first character. Raises ConfigError where there is no name or no closing parenthesis.
    """
    head = _HEAD.match(text, position)
    if head is None:
        raise template_error(shifted(place, position), "a name is expected here", "write name or name(argument)")
    if text[head.end() : head.end() + 1] != "(":
        return Call(head.group()), head.end()
    arguments, end = read_arguments(text, head.end(), place)
    return Call(head.group(), arguments), end


def parse_call(text: str, place: Place) -> Call:
    """Read a text that is one call and nothing else. Raises ConfigError at `place`."""
    call, end = read_call(text, 0, place)
    if end != len(text):
        raise template_error(shifted(place, end), "something follows the closing parenthesis", "remove it")
    return call


def read_arguments(text: str, position: int, place: Place) -> tuple[tuple[str, ...], int]:
    """Read `(a, b)` at a position: the arguments, without the quotes around a whole one, and the position after it."""
    arguments: list[str] = []
    closers: list[str] = []
    start = position + 1
    at = position
    while at < len(text):
        character = text[at]
        if character in "'\"`":
            end = text.find(character, at + 1)
            if end < 0:
                break
            at = end
        elif character in _OPENING:
            closers.append(_OPENING[character])
        elif closers and character == closers[-1]:
            closers.pop()
        if not closers or (character == "," and len(closers) == 1):
            arguments.append(_plain(text[start:at]))
            start = at + 1
        at += 1
        if not closers:
            return tuple(argument for argument in arguments if argument), at
    raise template_error(shifted(place, position), "this parenthesis is never closed", "close it on the same line")


def shifted(place: Place, offset: int) -> Place:
    """Give the place so many characters further on the same line."""
    return Place(place.source, place.line, place.column + offset)


def template_error(place: Place, sentence: str, hint: str) -> ConfigError:
    """Give the error for a template that cannot be read."""
    return ConfigError(f"{place}: {sentence}", hint, code="template-invalid")


def unknown_word(place: Place, kind: str, word: str, known: tuple[str, ...]) -> ConfigError:
    """Give the error for a word that templates do not know: what it was meant to be, what there is."""
    guess = closest(word, known)
    there = f"there is: {', '.join(known)}"
    return template_error(
        place, f"no {kind} is called “{word}”", f"did you mean “{guess}”? {there}" if guess else there
    )


def _plain(argument: str) -> str:
    argument = argument.strip()
    name, equals, value = argument.partition("=")
    if equals and re.fullmatch(r"\w+", name.strip()):
        return f"{name.strip()}={_unquoted(value.strip())}"
    return _unquoted(argument)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "'\"`" and text[-1] == text[0] else text
