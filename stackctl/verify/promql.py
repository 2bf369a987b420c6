"""PromQL, as far as it has to be understood: which series a query reads."""

from __future__ import annotations

import re

_AGGREGATIONS = "sum|min|max|avg|group|stddev|stdvar|count|count_values|bottomk|topk|quantile|limitk|limit_ratio"
_WORDS = re.compile(rf"(?i)(?:{_AGGREGATIONS}|and|or|unless|atan2|bool|offset|start|end|inf|nan)")
_TEXT = r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'|`[^`]*`"
_LABELS = r"(?i:\b(?:by|without|on|ignoring|group_left|group_right)\b)\s*\([^)]*\)"
# A name with its matchers, or matchers alone. What a `$` stands before is a variable of the dashboard, what a number
# stands before a unit.
_SELECTOR = rf"(?<![\w$.:])[A-Za-z_:][\w:]*+(?:\s*\{{(?:{_TEXT}|[^}}\"'`])*\}})?|\{{(?:{_TEXT}|[^}}\"'`])*\}}"
_TOKEN = re.compile(rf"{_LABELS}|{_TEXT}|(?P<selector>{_SELECTOR})(?P<call>\s*\()?")


def selectors(expr: str) -> list[str]:
    """Give the series that a query reads, as it names them (`up{job="a"}`), each once, without ranges and offsets."""
    found = [
        match["selector"]
        for match in _TOKEN.finditer(expr)
        if match["selector"] and not match["call"] and not _WORDS.fullmatch(match["selector"])
    ]
    return list(dict.fromkeys(found))
