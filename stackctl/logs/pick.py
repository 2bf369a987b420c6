"""From lines to the records that are shown: selection, lines around a match, the last N."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from stackctl.logs.record import read_all

if TYPE_CHECKING:
    from stackctl.logs.record import Record
    from stackctl.logs.request import LogRequest
    from stackctl.logs.select import Selection
    from stackctl.logs.source import Line


class Block(NamedTuple):
    """Records in order; `gap`: lines were left out before them, between matches with their context."""

    records: list[Record]
    gap: bool = False


def pick(batches: Iterable[list[Line]], request: LogRequest) -> Iterator[Block]:
    """Give the wanted records of the batches; with a tail they come at the end, all at once."""
    blocks = _around(batches, request) if request.context else _wanted(batches, request.selection)
    if request.tail is not None or request.tail_each is not None:
        yield from _last(blocks, request)
    else:
        yield from blocks


def _wanted(batches: Iterable[list[Line]], selection: Selection) -> Iterator[Block]:
    if selection.everything:
        for batch in batches:
            yield Block(read_all(batch))
        return
    for batch in batches:
        records = selection.records(read_all(selection.lines(batch)))
        if records:
            yield Block(records)


def _around(batches: Iterable[list[Line]], request: LogRequest) -> Iterator[Block]:
    """Give matches with the lines around them, as `grep -C` does: over all services that are shown."""
    before: deque[Record] = deque(maxlen=request.context)
    after, shown, number, last = 0, False, 0, -1
    for batch in batches:
        texts = {id(line) for line in request.selection.lines(batch)}
        records = read_all(batch)
        candidates = [record for record, line in zip(records, batch, strict=True) if id(line) in texts]
        wanted = {id(record) for record in request.selection.records(candidates)}
        block: list[Record] = []
        for record in records:
            number += 1
            if id(record) in wanted:
                gap = shown and number - len(before) > last + 1
                if gap and block:
                    yield Block(block, False)
                    block = []
                if gap:
                    yield Block([], True)
                block += [*before, record]
                before.clear()
                after, shown, last = request.context, True, number
            elif after:
                after -= 1
                block.append(record)
                last = number
            else:
                before.append(record)
        if block:
            yield Block(block, False)


def _last(blocks: Iterable[Block], request: LogRequest) -> Iterator[Block]:
    if request.tail_each is None:
        kept: deque[Record] = deque(maxlen=request.tail)
        for block in blocks:
            kept.extend(block.records)
        yield Block(list(kept))
        return
    each: dict[str, deque[tuple[int, Record]]] = {}
    number = 0
    for block in blocks:
        for record in block.records:
            number += 1
            name = record.origin.service
            if name not in each:
                each[name] = deque(maxlen=request.tail_each)
            each[name].append((number, record))
    ordered = sorted((item for kept in each.values() for item in kept), key=lambda item: item[0])
    records = [record for _number, record in ordered]
    yield Block(records if request.tail is None else records[len(records) - min(request.tail, len(records)) :])
