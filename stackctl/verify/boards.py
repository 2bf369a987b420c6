"""Dashboard files, read as values: their panels, what each asks, and which may be empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_EMPTY = re.compile(r"(?:^|[.!?]\s+)(Empty\b[^.]*)")
_OURS = ("$__rate_interval", "$__interval", "$__range", "$__from", "$__to", "$__interval_ms", "$__range_s")


@dataclass(frozen=True)
class Query:
    """One query of a panel: the data source's uid and kind, its PromQL."""

    panel: str
    source: str
    kind: str
    expr: str
    empty: str = ""


@dataclass(frozen=True)
class Board:
    """A dashboard; `file` is where it stands, empty for one that only Grafana has."""

    uid: str
    title: str
    queries: tuple[Query, ...]
    file: str = ""


class BoardError(ValueError):
    """A dashboard file that does not parse; the message names file, line and column."""


def read_board(text: str, file: str) -> Board | None:
    """Read a file; None for JSON that is no dashboard. Raises BoardError."""
    try:
        model = json.loads(text)
    except json.JSONDecodeError as error:
        raise BoardError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from error
    return board(model, file) if isinstance(model, dict) and "panels" in model else None


def board(model: Mapping[str, Any], file: str = "") -> Board:
    """Give a dashboard of its classic JSON, rows opened."""
    queries = [query for panel in _panels(model) for query in _queries(panel)]
    return Board(str(model.get("uid") or ""), str(model.get("title") or ""), tuple(queries), file)


def open_variables(expr: str) -> list[str]:
    """Give the variables of a dashboard in a query: only its page can fill them in."""
    for known in sorted(_OURS, key=len, reverse=True):
        expr = expr.replace(known, "")
    return re.findall(r"\$\{?\w+", re.sub(r"\$\{?(?:__\w+)\}?", "", expr))


def _panels(model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in model.get("panels") or ():
        yield panel
        yield from _panels(panel)


def _queries(panel: Mapping[str, Any]) -> Iterator[Query]:
    told = _EMPTY.search(str(panel.get("description") or ""))
    for target in panel.get("targets") or ():
        source = target.get("datasource") or panel.get("datasource") or {}
        if isinstance(source, dict) and target.get("expr") and not target.get("hide"):
            yield Query(
                str(panel.get("title") or ""),
                str(source.get("uid") or ""),
                str(source.get("type") or ""),
                str(target["expr"]),
                told[1] if told else "",
            )
