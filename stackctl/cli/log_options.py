"""The flags of `logs`, and the request that they make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from stackctl.errors import Misuse
from stackctl.logs.request import LogRequest
from stackctl.logs.select import Selection, condition, pattern
from stackctl.logs.when import LAST_START, parse_when

Function = Callable[..., Any]
LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")


class Count(click.ParamType[int]):
    """A number of lines; `all` is what Compose calls no limit."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number, -1 for all."""
        if isinstance(value, int):
            return value
        if value == "all":
            return -1
        if not str(value).isdigit():
            raise Misuse(f"“{value}” is no number of lines", "write for example --tail 100, or --tail all")
        return int(value)


SELECT = (
    click.option("-f", "--follow", is_flag=True, help="Go on with what comes, through restarts and new containers."),
    click.option("--since", default="", help="From then on: 5m, 10:30, 2026-08-22T10:30:00Z, or last-start."),
    click.option("--until", default="", help="Until then; the same spellings."),
    click.option("-n", "--tail", type=Count(), default=None, help="The last N records, of all services together."),
    click.option("--tail-each", type=Count(), default=None, help="The last N records of each service."),
    click.option("--level", type=click.Choice(LEVELS), default=None, help="This level and worse ones."),
    click.option("--grep", multiple=True, help="Lines with this regular expression; several: one of them."),
    click.option("--exclude", multiple=True, help="Not the lines with this regular expression."),
    click.option("-i", "--ignore-case", is_flag=True, help="For --grep and --exclude."),
    click.option("--field", "fields", multiple=True, help="key=value; also != > < >= <= and ~ (regular expression)."),
    click.option("--trace", default="", help="Lines of one trace, by its id or the beginning of it."),
    click.option("-C", "--context", type=click.IntRange(0, 1000), default=0, help="Lines around each match."),
    click.option("--stderr", is_flag=True, help="Only what was written to the error output."),
)
SHOW = (
    click.option("--utc", is_flag=True, help="Times in UTC instead of local time."),
    click.option("--pretty", is_flag=True, help="The fields as indented JSON below each line."),
    click.option("--cut", is_flag=True, help="Cut long lines to the terminal instead of wrapping them."),
    click.option("--no-collapse", is_flag=True, help="Show repeated lines one by one."),
    click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to colour."),
    click.option("--no-color", is_flag=True, hidden=True),
    click.option("-t", "--timestamps", is_flag=True, hidden=True),
    click.option("--stats", is_flag=True, help="Counts, errors by minute and the most frequent messages instead."),
    click.option("--export", type=click.Path(), default="", help="Write JSON lines to a file (.jsonl, .gz, .zst)."),
    click.option("-y", "--yes", is_flag=True, help="Replace an existing file of --export."),
    click.option("--file", "log_files", multiple=True, type=click.Path(), help="Read this file instead of containers."),
    click.option("--previous", is_flag=True, help="The last lines of containers that up, restart or down removed."),
    click.option("--no-pager", is_flag=True, help="Never open a pager."),
)


def log_options(function: Function) -> Function:
    """Add the flags."""
    for option in reversed((*SELECT, *SHOW)):
        function = option(function)
    return function


def request_of(flags: dict[str, Any], services: tuple[str, ...]) -> LogRequest:
    """Give the request. Raises Misuse."""
    now = datetime.now(UTC)
    since, until = flags["since"], flags["until"]
    last_start = since == LAST_START
    tail, each = _count(flags["tail"]), _count(flags["tail_each"])
    if flags["context"] and (tail is not None or each is not None):
        raise Misuse("--context and --tail cannot be combined", "leave one of them out")
    if flags["follow"] and (flags["stats"] or flags["export"]):
        raise Misuse("--follow has no end, --stats and --export need one", "leave one of them out")
    if flags["follow"] and until:
        raise Misuse("--follow has no end, --until is one", "leave one of them out")
    request = LogRequest(
        services=services,
        since=None if last_start or not since else parse_when(since, now),
        last_start=last_start,
        until=parse_when(until, now) if until else None,
        tail=tail,
        tail_each=each,
        selection=_selection(flags),
        context=flags["context"],
        follow=flags["follow"],
    )
    if request.since and request.until and request.since > request.until:
        raise Misuse("--since is later than --until: nothing lies between", "exchange them")
    return request


def _selection(flags: dict[str, Any]) -> Selection:
    ignore = flags["ignore_case"]
    trace = flags["trace"].lower()
    if trace and (len(trace) < 4 or not all(char in "0123456789abcdef-" for char in trace)):
        raise Misuse(f"“{flags['trace']}” is no trace id", "give at least four of its hexadecimal digits")
    return Selection(
        grep=tuple(pattern(text, "--grep", ignore_case=ignore) for text in flags["grep"]),
        exclude=tuple(pattern(text, "--exclude", ignore_case=ignore) for text in flags["exclude"]),
        level=flags["level"] or "",
        fields=tuple(condition(text) for text in flags["fields"]),
        trace=trace,
        stderr=flags["stderr"],
    )


def _count(value: int | None) -> int | None:
    return None if value is None or value < 0 else value
