from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.logs.join import continues
from stackctl.logs.source import Origin, Queue
from tests.unit.logs.made import READ, raw

PYTHON = """ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/app/main.py", line 3, in store
    raise KeyError("a")
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 9, in <module>
    store()
app.errors.NotFound: no item"""
JAVA = """Exception in thread "main" java.lang.IllegalStateException: no connection
\tat com.acme.Store.open(Store.java:12)
\tat com.acme.Main.main(Main.java:5)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\t... 3 more"""
JAVA_LOGGED = """2026-08-22 10:00:00,123 ERROR [main] failed to start
java.lang.RuntimeException: no
\tat com.acme.Main.main(Main.java:5)"""
GO = """panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47b3c0]

goroutine 1 [running]:
main.(*store).open(0x0)
\t/app/store.go:12 +0x1d
main.main()
\t/app/main.go:5 +0x20
exit status 2"""
NODE = """/app/index.js:3
    throw new Error("no");
    ^

Error: no
    at open (/app/index.js:3:11)
    at Object.<anonymous> (/app/index.js:6:1)

Node.js v22.1.0"""
NODE_LOGGED = """Error: connect ECONNREFUSED 127.0.0.1:6379
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
  errno: -111,
  code: 'ECONNREFUSED'
}"""


def records(text: str) -> list[str]:
    queue = Queue(Origin("a"), READ)
    queue.add([raw(number, line) for number, line in enumerate(text.split("\n"))])
    return [line[3].decode() for line in queue.take_all()]


@pytest.mark.parametrize("trace", [PYTHON, JAVA, JAVA_LOGGED, GO, NODE, NODE_LOGGED])
def test_a_stack_trace_is_one_record(trace: str) -> None:
    assert records(f"before\n{trace}\nINFO after it\nlast") == ["before", trace, "INFO after it", "last"]


@pytest.mark.parametrize(
    "text",
    [
        "INFO one\nINFO two",
        '{"a": 1}\n{"b": 2}',
        "one\n\ntwo",
        "Traceback of a package\nGET /",
        "INFO fine\nTraceback (most recent call last):",
    ],
)
def test_lines_that_stand_alone_stay_alone(text: str) -> None:
    assert records(text) == text.split("\n")


def test_what_comes_later_is_another_record() -> None:
    queue = Queue(Origin("a"), READ)
    queue.add([raw(0, "ERROR x"), raw(800, "  later")])
    assert len(queue.take_all()) == 2


def test_a_record_without_end_is_cut() -> None:
    queue = Queue(Origin("a"), READ)
    queue.add([raw(0, "head"), *(raw(0, f"  {number}") for number in range(2500))])
    found = queue.take_all()
    assert len(found) >= 3
    assert b"\n".join(line[3] for line in found).count(b"\n") == 2500


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_two_lines_can_be_asked_about(record: bytes, line: bytes) -> None:
    assert continues(record, line) in (True, False)
