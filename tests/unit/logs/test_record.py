from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.logs.json_lines import json_lines
from stackctl.logs.pick import Block
from stackctl.logs.record import hide
from stackctl.mask import Mask
from stackctl.ui.log_paint import Look, Painter
from tests.unit.logs.made import record

SECRET = "s3cret/Sw0rd+fish=$x"
FORMS = [
    SECRET,
    quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    json.dumps(SECRET)[1:-1],
    "".join(f"\\u{ord(char):04x}" for char in SECRET),
    SECRET.replace("/", "\\/"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "line",
    [
        '{{"level":"info","msg":"the password is {} here"}}',
        '{{"level":"info","msg":"m","attr":{{"deep":["{}"]}}}}',
        '{{"level":"info","msg":"m","{}":1}}',
        "plain text with {} in it",
        'ts=2026-08-22T10:00:00Z level=info msg="with {} in it"',
        'ERROR x\n  File "{}"\nValueError: no',
        "\x1b[31m{}\x1b[0m",
    ],
)
def test_a_secret_in_a_line_is_hidden_in_every_output(line: str, form: str) -> None:
    if "{{" not in line and "\\" in form:
        return  # an escape outside JSON is another text, not the secret
    mask = Mask([SECRET])
    text = line.format(form)
    records = hide([record(text)], mask)
    outputs = [
        json_lines(records).decode(),
        Painter(Look())(records),
        Painter(Look(colour=True, width=40, verbose=True))(records),
        Painter(Look(pretty=True))(records),
    ]
    for output in outputs:
        assert "Sw0rd" not in output
        assert form not in output
        assert "***" in output


def test_a_colour_inside_a_secret_does_not_save_it() -> None:
    text = f"token {SECRET[:6]}\x1b[1m{SECRET[6:]}"
    assert "Sw0rd" not in json_lines(hide([record(text)], Mask([SECRET]))).decode()


@pytest.mark.parametrize(
    "name", ["password", "db_password", "api_key", "apiKey", "Authorization", "access-token", "cookie"]
)
def test_a_field_with_a_telling_name_is_hidden_whatever_its_value(name: str) -> None:
    records = hide([record(json.dumps({"msg": "m", name: "two words"}))], Mask())
    assert b"words" not in json_lines(records)
    assert b"two" not in json_lines(records)


def test_innocent_fields_stay() -> None:
    text = json.dumps({"msg": "m", "cache_key": "user:1", "tokens": 12, "key": "a", "max_tokens": "9"})
    assert hide([record(text)], Mask())[0].parsed.fields == {
        "cache_key": "user:1",
        "tokens": 12,
        "key": "a",
        "max_tokens": "9",
    }


def test_a_short_secret_is_hidden_as_the_value_of_its_field() -> None:
    found = hide([record('{"msg":"m","x":"hunter2"}')], Mask(["hunter2"]))
    assert found[0].parsed.fields["x"] == "***"


@given(st.text(min_size=8, max_size=20).filter(str.strip), st.binary(max_size=40), st.binary(max_size=40))
def test_what_the_mask_would_change_is_always_suspected(secret: str, before: bytes, after: bytes) -> None:
    mask = Mask([secret])
    data = before + secret.encode("utf-8", "replace") + after
    text = data.decode("utf-8", "replace")
    if mask(text) != text:
        assert mask.suspects(data)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_come_out_as_json_and_as_text(lines: list[bytes]) -> None:
    records = hide([record(line) for line in lines], Mask(["a-known-secret"]))
    rows = json_lines(records).splitlines()
    assert [set(json.loads(row)) for row in rows] == [
        {"time", "service", "container", "instance", "stream", "level", "message", "fields", "trace_id", "own_time"}
    ] * len(lines)
    text = Painter(Look())(records)
    assert "\x1b" not in text
    assert text.count("\n") >= len(lines)
    assert Block(records).gap is False
