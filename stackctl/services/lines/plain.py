"""Lines of no known shape: a time at the start goes, and a level is taken from where one would stand.

The order in which a level is looked for is Dozzle's: the start of the line, brackets, a word and a colon, capitals.
A level word inside a message never counts: `cannot print error page` is no error.
"""

from __future__ import annotations

import re

from stackctl.services.lines.parsed import LEVELS, Parsed

_TIME = re.compile(
    r"\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?)\]?(?: UTC)?(?: \[\d+\])?[ \t|:-]*"
)
_WORDS = (
    "trace|debug|info|information|notice|warn|warning|err|error|severe|fatal|critical|crit|panic|alert|emerg|dbg|inf"
    "|wrn|ftl|log"
)
_START = re.compile(rf"(?i:({_WORDS}))(?::|\]| -|\t| \||  )\s*")
_CAPITALS = re.compile(rf"({_WORDS.upper()})\b[:\]]?\s+")
_BRACKET = re.compile(rf"(?:\[[^\]\s]*\]\s*){{0,2}}[\[(<]\s*(?i:({_WORDS}))\s*[\])>]:?\s*")
_TAG = re.compile(rf"[\w.-]{{1,40}}[: ]\s?({_WORDS.upper()}):?\s+")


def plain(text: str) -> Parsed:
    """Read any line at all."""
    time = _TIME.match(text)
    rest = text[time.end() :] if time else text
    own = time[1] if time else None
    for pattern in (_BRACKET, _START, _CAPITALS):
        match = pattern.match(rest)
        if match:
            return Parsed(LEVELS[match[1].lower()], rest[match.end() :] or rest, {}, own)
    match = _TAG.match(rest)
    return Parsed(LEVELS[match[1].lower()] if match else "", rest, {}, own)
