"""The engine's frames as lines: whatever the network does to them, and whatever is in them."""

from __future__ import annotations

import os
import socket
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.logstream import ENGINE, ERR, OUT, LogQuery, LogStream, RawLine
from stackctl.engine.stream import ApiRefused, ApiStream
from stackctl.engine.wire import dial
from stackctl.errors import EngineError

STAMP = b"2026-08-22T10:00:00.123456789Z"
MULTIPLEXED = "application/vnd.docker.multiplexed-stream"


class FakeApi:
    """An answer in these pieces."""

    def __init__(self, pieces: list[bytes], content_type: str = MULTIPLEXED) -> None:
        self._pieces = pieces
        self.content_type = content_type

    @property
    def ended(self) -> bool:
        return not self._pieces

    def receive(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def frame(text: bytes, kind: int = OUT, stamp: bytes = STAMP) -> bytes:
    body = stamp + b" " + text
    return struct.pack(">BxxxL", kind, len(body)) + body


def frames(text: bytes, kind: int = OUT) -> bytes:
    """A line as the engine sends it: in pieces of 16 KiB, only the last with a line feed."""
    pieces = [text[at : at + 16384] for at in range(0, len(text), 16384)] or [b""]
    return b"".join(frame(piece, kind) for piece in pieces[:-1]) + frame(pieces[-1] + b"\n", kind)


def lines_of(pieces: list[bytes], content_type: str = MULTIPLEXED) -> list[RawLine]:
    stream = LogStream(FakeApi([*pieces, b""], content_type))  # type: ignore[arg-type]
    found: list[RawLine] = []
    while not stream.ended:
        found += stream.take()
    return found


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(
    st.lists(st.tuples(st.binary(max_size=50).filter(lambda text: b"\n" not in text), st.sampled_from([OUT, ERR]))),
    st.lists(st.integers(0, 10_000), max_size=6),
    st.booleans(),
)
def test_lines_come_whole_however_they_are_cut(lines: list[tuple[bytes, int]], places: list[int], old: bool) -> None:
    data = b"".join(frames(text, kind) for text, kind in lines)
    content_type = "application/vnd.docker.raw-stream" if old else MULTIPLEXED
    pieces = [piece for piece in cut(data, places) if piece]
    if old and pieces and len(pieces[0]) < 4:
        pieces = [data]  # the head of the first frame is what tells
    assert lines_of(pieces, content_type) == [(STAMP, kind, text) for text, kind in lines]


@pytest.mark.parametrize("size", [16383, 16384, 16385, 40_000, 1_000_000])
def test_a_long_line_is_one_line(size: int) -> None:
    text = bytes(97 + number % 26 for number in range(size))
    assert lines_of([frames(text) + frames(b"next", ERR)]) == [(STAMP, OUT, text), (STAMP, ERR, b"next")]


def test_pieces_of_both_streams_do_not_mix() -> None:
    data = frame(b"a" * 16384) + frame(b"b" * 16384, ERR) + frame(b"A\n") + frame(b"B\n", ERR)
    assert lines_of([data]) == [(STAMP, OUT, b"a" * 16384 + b"A"), (STAMP, ERR, b"b" * 16384 + b"B")]


def test_a_line_without_end_comes_when_the_log_ends() -> None:
    assert lines_of([frame(b"a" * 16384)]) == [(STAMP, OUT, b"a" * 16384)]


def test_a_terminal_has_no_frames_and_no_carriage_returns() -> None:
    data = STAMP + b" one\r\n" + STAMP + b" " + b"x" * 16384 + STAMP + b" yy\r\n" + STAMP + b" rest"
    found = lines_of([data[:50], data[50:]], "application/vnd.docker.raw-stream")
    assert found == [(STAMP, OUT, b"one"), (STAMP, OUT, b"x" * 16384 + b"yy"), (STAMP, OUT, b"rest")]


def test_a_stamp_of_another_zone_becomes_utc() -> None:
    data = frame(b"x\n", stamp=b"2026-08-22T12:00:00.123456789+02:00")
    assert lines_of([data]) == [(STAMP, OUT, b"x")]


def test_the_complaint_of_the_engine_is_a_line_of_its_own() -> None:
    text = b"Error grabbing logs: unexpected EOF"
    data = frames(b"x") + struct.pack(">BxxxL", ENGINE, len(text)) + text
    assert lines_of([data]) == [(STAMP, OUT, b"x"), (b"", ENGINE, text)]


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_any_bytes_end_without_an_exception(pieces: list[bytes], multiplexed: bool) -> None:
    for _stamp, _kind, text in lines_of([piece for piece in pieces if piece], MULTIPLEXED if multiplexed else ""):
        assert isinstance(text, bytes)


def served(folder: Path, answer: bytes) -> str:
    """Give the address of a server that answers once."""
    path = folder / "engine.sock"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"unix://{path}"


def test_an_answer_comes_over_a_socket(tmp_path: Path) -> None:
    head = f"HTTP/1.0 200 OK\r\nContent-Type: {MULTIPLEXED}\r\n\r\n".encode()
    wire = dial(served(tmp_path, head + frames(b"one") + frames(b"two")), {})
    stream = LogStream(ApiStream(wire, LogQuery().path("x")))
    found: list[RawLine] = []
    while not stream.ended:
        found += stream.take()
    stream.close()
    assert [text for _stamp, _kind, text in found] == [b"one", b"two"]


def test_a_refusal_has_status_and_reason(tmp_path: Path) -> None:
    answer = b'HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n{"message":"No such container: x"}\n'
    stream = ApiStream(dial(served(tmp_path, answer), {}), "/x")
    with pytest.raises(ApiRefused) as caught:
        while not stream.ended:
            stream.receive()
    stream.close()
    assert (caught.value.status, "No such container: x" in caught.value.message) == (404, True)


def test_no_engine_is_an_engine_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        dial(f"unix://{tmp_path}/nobody.sock", {})
    assert caught.value.exit_code == 4


def test_another_engine_is_reached_through_docker(tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text('#!/bin/sh\necho "$@" > "$0.asked"\nread line\nprintf "HTTP/1.0 200 OK\\r\\n\\r\\n$line"\n')
    program.chmod(0o755)
    old = os.environ["PATH"]
    stream = ApiStream(dial("ssh://box", {"PATH": f"{tmp_path}:{old}"}), "/here")
    body = b""
    while not stream.ended:
        body += stream.receive()
    stream.close()
    assert b"GET /here HTTP/1.0" in body
    assert (tmp_path / "docker.asked").read_text() == "system dial-stdio\n"


def test_a_query_says_what_is_wanted() -> None:
    path = LogQuery(since="1.5", tail=10, follow=True, streams="err").path("abc")
    assert path == "/containers/abc/logs?stdout=0&stderr=1&timestamps=1&follow=1&tail=10&since=1.5"
