"""Which lines belong to the line before: stack traces of Python, Java, Go and Node, and whatever is indented."""

from __future__ import annotations

import re

LONGEST_RECORD = 1000  # lines: what never ends is handed on
MOST_BYTES = 1024 * 1024
GAP_SECONDS = 0.5  # a trace is written at once; what comes later is another event

# Lines that never stand alone, whatever came before.
_ALWAYS = re.compile(
    rb"[ \t]+\S"  # indented: frames of Python, Java and Node, source lines
    rb"|Caused by: |Suppressed: |\.\.\. \d+ more"
    rb"|During handling of the above exception|The above exception was the direct cause"
    rb"|[}\])]+[,;]?\s*$"  # the end of an object over several lines
)
# Lines that begin a trace; they belong to a line that complains, else they begin a record.
_BEGINS = re.compile(
    rb"Traceback \(most recent call last\):|goroutine \d+ \[|(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)\b"
    rb"|Exception in thread|(?:Uncaught )?[A-Z]\w*(?:Error|Exception)(?: \[\w+\])?: "
)
# In a Python trace the last line is not indented: `ValueError: wrong`, `app.errors.NotFound`.
_PYTHON_END = re.compile(rb"[\w.]+(?:: |$)")
_GO_HEAD = re.compile(rb"panic: |fatal error: |goroutine \d+ \[|\[signal SIG|SIG[A-Z]+: ")
_GO_FRAME = re.compile(rb"[\w./*()-]+\(.*\)$|created by |goroutine \d+ \[|exit status \d+|\[signal SIG|\t")
_NODE_HEAD = re.compile(rb"(?:/|file:///|node:|[A-Z]:\\)\S*:\d+$")
_COMPLAINS = re.compile(rb"(?i)\b(?:error|err|exception|fatal|critical|panic|severe|traceback|failed|unhandled)\b")


def continues(record: bytes, line: bytes) -> bool:
    """Say whether a line belongs to the record before it; `record` is all of that, its lines with line feeds."""
    if not line:
        return _may_hold_blank(record)
    if line[:1] in b" \t":
        return line.strip() != b""
    if _ALWAYS.match(line):
        return True
    head = record[:200]
    if _BEGINS.match(line):
        first = record.partition(b"\n")[0]
        return bool(_COMPLAINS.search(first)) and not first.startswith(b"{") and line[:9] != b"Exception"
    last = record[record.rfind(b"\n") + 1 :]
    if b"Traceback (most" in record:
        # The exception's own line, after the frames; and the blank that stands before a second trace.
        return last[:1] in (b" ", b"\t") and bool(_PYTHON_END.match(line))
    if _GO_HEAD.match(head) or b"\ngoroutine " in record:
        return bool(_GO_FRAME.match(line))
    if _NODE_HEAD.match(head.partition(b"\n")[0]):
        return last[:1] in b" \t" or last == b"" or line.startswith(b"Node.js v")
    return False


def _may_hold_blank(record: bytes) -> bool:
    """Say whether an empty line may stand inside this record: between traces, and in Go's and Node's."""
    return b"Traceback (most" in record or bool(_GO_HEAD.match(record) or _NODE_HEAD.match(record.partition(b"\n")[0]))


def seconds_between(before: bytes, after: bytes) -> float:
    """Give the seconds from one stamp to a later one, less than a day; 0 where one of them is none."""
    try:
        return (_seconds(after) - _seconds(before)) % 86400.0
    except ValueError:
        return 0.0


def _seconds(stamp: bytes) -> float:
    return int(stamp[11:13]) * 3600 + int(stamp[14:16]) * 60 + float(stamp[17:29])
