"""Lines of real services, what they say, and that no bytes at all can break reading them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.services.lines.formats import LineFormats, readable, reader
from stackctl.services.lines.objects import parse_object
from stackctl.services.lines.parsed import LEVELS, RANKS, Parsed, level_of
from stackctl.services.lines.times import own_time
from stackctl.services.registry import drivers

RECORDED = Path(__file__).parent / "recorded"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def read(service: str, line: str | bytes) -> Parsed:
    lines = drivers()[service].lines if service in drivers() else None
    return reader(lines() if lines else LineFormats())(line.encode() if isinstance(line, str) else line)


# Service, line, level, message, some of the fields, the own time as ISO.
LINES = [
    (
        "mongodb",
        '{"t":{"$date":"2026-08-22T10:00:00.123+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","svc":"R",'
        '"msg":"Connection accepted","attr":{"remote":"172.18.0.5:51234"}}',
        "info",
        "Connection accepted",
        {"component": "NETWORK", "remote": "172.18.0.5:51234", "ctx": "listener"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    (
        "mongodb",
        '{"t":{"$date":"2026-08-22T10:00:00.123+02:00"},"s":"D3","c":"-","id":1,"ctx":"conn12","msg":"x"}',
        "debug",
        "x",
        {"ctx": "conn12"},
        "2026-08-22T08:00:00.123000+00:00",
    ),
    (
        "mongodb",
        '2026-08-22T10:00:00.123Z\tERROR\tlistener\tclientconn/conn.go:123\tHandler failed\t{"op": "find"}',
        "error",
        "Handler failed",
        {"op": "find", "logger": "listener", "caller": "clientconn/conn.go:123"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    ("mongodb", "about to fork child process, waiting until server is ready", "", None, {}, None),
    (
        "redis",
        "1:M 22 Aug 2026 10:00:00.123 * Ready to accept connections tcp",
        "info",
        "Ready to accept connections tcp",
        {"role": "primary"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    ("redis", "12:C 22 Aug 2026 10:00:00.123 # WARNING error", "warn", "WARNING error", {"role": "child"}, ...),
    ("redis", "1:M 22 Aug 2026 10:00:00.123 - Accepted", "debug", "Accepted", {}, ...),
    (
        "redis",
        "1:signal-handler (1787392800) Received SIGTERM scheduling shutdown...",
        "info",
        "Received SIGTERM scheduling shutdown...",
        {"pid": "1"},
        "2026-08-22T10:00:00+00:00",
    ),
    (
        "prometheus",
        'time=2026-08-22T10:00:00.123Z level=INFO source=main.go:640 msg="Starting \\"it\\"" mode=server',
        "info",
        'Starting "it"',
        {"mode": "server", "source": "main.go:640"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    (
        "prometheus",
        'ts=2025-03-15T05:57:06.678Z caller=main.go:671 level=warn msg="no"',
        "warn",
        "no",
        {},
        "2025-03-15T05:57:06.678000+00:00",
    ),
    (
        "grafana",
        'logger=settings t=2026-08-22T10:00:00.123456789Z level=info msg="Starting Grafana" version=13.2.0',
        "info",
        "Starting Grafana",
        {"version": "13.2.0"},
        "2026-08-22T10:00:00.123456+00:00",
    ),
    ("grafana", 'lvl=eror msg="bad"', "error", "bad", {}, None),
    (
        "jaeger",
        '2026-08-22T10:00:00.123Z\tinfo\tservice.go:186\tEverything is ready\t{"resource":{}}',
        "info",
        "Everything is ready",
        {"caller": "service.go:186"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    (
        "jaeger",
        '{"level":"info","ts":1787392800.123,"caller":"flags/service.go:119","msg":"Mounting"}',
        "info",
        "Mounting",
        {},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    ("jaeger", "badger 2026/11/21 10:47:37 WARNING: slow", "warn", "slow", {"logger": "badger"}, ...),
    (
        "app",
        '{"time":"2026-08-22T10:00:00Z","level":"INFO+2","msg":"m","n":1}',
        "info",
        "m",
        {"n": 1},
        "2026-08-22T10:00:00+00:00",
    ),
    ("app", '{"level":50,"time":1787392800123,"msg":"pino","err":{"a":1}}', "error", "pino", {"err": {"a": 1}}, ...),
    ("app", '{"severity":"NOTICE","message":["a",1]}', "info", '["a",1]', {}, None),
    (
        "app",
        'INFO:     172.18.0.1:50000 - "GET /health HTTP/1.1" 200 OK',
        "info",
        "GET /health 200",
        {"client": "172.18.0.1:50000"},
        None,
    ),
    ("app", 'INFO:     172.18.0.1:5 - "POST /x HTTP/1.1" 503 Bad', "error", "POST /x 503", {}, None),
    ("app", "ERROR:    Exception in ASGI application", "error", "Exception in ASGI application", {}, None),
    (
        "app",
        "[2026-08-22 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:80",
        "info",
        "Listening at: http://0.0.0.0:80",
        {"pid": "1"},
        "2026-08-22T10:00:00+00:00",
    ),
    (
        "app",
        f"2026-08-22 10:00:00,123 INFO [app] [main.py:47] [trace_id={TRACE} span_id=00f067aa0ba902b7 "
        "resource.service.name=core trace_sampled=True] - hello",
        "info",
        "hello",
        {"logger": "app", "span_id": "00f067aa0ba902b7"},
        "2026-08-22T10:00:00.123000+00:00",
    ),
    ("app", "2026-08-22 10:00:00,123 - app.db - WARNING - slow error", "warn", "slow error", {"logger": "app.db"}, ...),
    ("app", "WARNING:root:no error here", "warn", "no error here", {"logger": "root"}, None),
    (
        "app",
        'time="2026-08-22T10:00:00Z" level=fatal msg="no Redis"',
        "fatal",
        "no Redis",
        {},
        "2026-08-22T10:00:00+00:00",
    ),
    (
        "app",
        "E0822 10:00:00.123456       1 manager.go:1116] cannot go on",
        "error",
        "cannot go on",
        {"caller": "manager.go:1116"},
        None,
    ),
    ("app", "2026-08-22T10:00:00Z [warn] odd", "warn", "odd", {}, "2026-08-22T10:00:00+00:00"),
    ("app", "[ERROR] first", "error", "first", {}, None),
    ("app", "cannot print the error page", "", "cannot print the error page", {}, None),
    ("app", "level=info of water is error", "", "level=info of water is error", {}, None),
    ("app", '{"level": "error"', "", '{"level": "error"', {}, None),
    ("app", "\x1b[31mERROR\x1b[0m  red", "error", "red", {}, None),
    ("app", "10%\r50%\r100% done", "", "100% done", {}, None),
    ("app", "", "", "", {}, None),
]


@pytest.mark.parametrize(("service", "line", "level", "message", "fields", "time"), LINES)
def test_a_line_is_read(
    service: str, line: str, level: str, message: str | None, fields: dict[str, object], time: object
) -> None:
    found = read(service, line)
    assert found.level == level
    assert found.message == (line if message is None else message)
    assert {key: found.fields.get(key) for key in fields} == fields
    if time is not ...:
        moment = own_time(found.time)
        assert (moment.isoformat() if moment else None) == time


@pytest.mark.parametrize(
    "line",
    [
        f'{{"level":"info","msg":"m","trace_id":"{TRACE}"}}',
        f'{{"level":"info","msg":"m","traceId":"{TRACE}"}}',
        f'{{"level":"info","msg":"m","traceID":"{TRACE}"}}',
        f'{{"level":"info","msg":"m","otelTraceID":"{TRACE}"}}',
        f'{{"level":"info","msg":"m","dd.trace_id":"{TRACE}"}}',
        f"level=info msg=m trace_id={TRACE}",
        f'2026-08-22T10:00:00.123Z\tinfo\tm\t{{"trace_id": "{TRACE}"}}',
    ],
)
def test_a_trace_id_is_found_whatever_it_is_called(line: str) -> None:
    assert read("app", line).trace_id == TRACE


def test_no_span_is_no_trace() -> None:
    assert read("app", '{"msg":"m","trace_id":"00000000000000000000000000000000"}').trace_id == ""
    assert read("app", '{"msg":"m","trace_id":0}').trace_id == ""


@pytest.mark.parametrize("service", ["mongodb", "redis", "prometheus", "grafana", "jaeger", "core"])
def test_recorded_lines_have_level_and_message(service: str) -> None:
    lines = (RECORDED / f"{service}.log").read_bytes().splitlines()
    assert lines
    for line in lines:
        found = read(service, line)
        known = found.level in RANKS or line.startswith((b"Getting secret", b"2026/11/21"))
        assert known, line
        assert found.message or found.fields, line


@given(st.sampled_from([*drivers(), "app"]), st.binary(max_size=300))
def test_any_bytes_are_read(service: str, raw: bytes) -> None:
    found = read(service, raw)
    assert found.level in {"", *RANKS}
    assert isinstance(found.message, str)


json_values = st.sampled_from(
    [None, True, 0, 30, -1.5, 10**30, "", "info", "W", "é\n", [], ["a", 1], {}, {"$date": "x"}, {"$date": {"a": 1}}]
)
keys = st.sampled_from(["level", "msg", "message", "time", "t", "s", "c", "attr", "trace_id", "ts", "lvl", "x", ""])


@given(st.sampled_from([*drivers(), "app"]), st.dictionaries(keys, json_values, max_size=6))
def test_any_object_is_read(service: str, value: dict[str, object]) -> None:
    found = read(service, json.dumps(value).encode())
    assert found.level in {"", *RANKS}
    assert isinstance(found.message, str)
    assert isinstance(found.trace_id, str)
    own_time(found.time)


@given(st.binary(max_size=200))
def test_readable_text_moves_no_cursor(raw: bytes) -> None:
    text = readable(raw)
    assert not {char for char in text if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n", "\t"}


@given(st.text(max_size=20) | st.integers() | st.floats() | st.none() | st.booleans())
def test_any_own_time_is_a_time_or_none(value: object) -> None:
    found = own_time(value)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(("value", "level"), [("Warning", "warn"), ("ERR", "error"), ("info+4", "info"), (30, "info")])
def test_levels_are_spelled_one_way(value: object, level: str) -> None:
    assert level_of(value) == level


def test_every_level_has_a_rank() -> None:
    assert set(LEVELS.values()) == set(RANKS)


@given(
    st.sampled_from(["info", "WARN", "no level", 30, None, ["x"]]),
    st.text(max_size=9) | st.integers() | st.none(),
    st.text(max_size=9) | st.floats(0, 2e9) | st.none(),
    st.dictionaries(st.sampled_from(["a", "trace_id", "traceId", "dd.trace_id"]), st.text("0a", max_size=4)),
)
def test_the_names_that_most_loggers_use_read_as_the_others_do(
    level: object, message: object, time: object, fields: dict[str, object]
) -> None:
    usual = parse_object({"level": level, "message": message, "time": time, **fields})
    other = parse_object({"lvl": level, "msg": message, "ts": time, **fields})

    def comparable(found: Parsed) -> Parsed:  # what is no level stays where it stood
        left = {"level" if key == "lvl" else key: value for key, value in found.fields.items()}
        return found._replace(fields=left)

    assert comparable(usual) == comparable(other)
