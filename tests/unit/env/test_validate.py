from __future__ import annotations

import pytest

from stackctl.env.call import parse_call
from stackctl.env.place import Place
from stackctl.env.placeholders import is_placeholder
from stackctl.env.types import TYPES, type_of
from stackctl.env.validate import problem

HERE = Place("t", 1, 1)


def said(kind: str, value: str) -> str:
    return problem(type_of(parse_call(kind, HERE), HERE), value)


GOOD = {
    "string": ["x", " "],
    "string(minLength=2,maxLength=3)": ["ab", "abc"],
    "string(isLength=2)": ["ab"],
    "string(startsWith=sk-,endsWith=z)": ["sk-z"],
    "string(matches=^a+$)": ["aaa"],
    "number": ["1", "-1.5", "1e3", ".5"],
    "number(min=0,max=1,precision=2)": ["0.25", "1"],
    "number(isInt=true)": ["3", "3.0"],
    "boolean": ["true", "False", "1", "no"],
    "url": ["http://a", "postgres://u:p@db:5432/x", "http://[::1]:80/"],
    "enum(a,b)": ["a", "b"],
    "email": ["a@b.c"],
    "port": ["1", "65535"],
    "port(min=1024)": ["1024"],
    "ip": ["127.0.0.1", "::1"],
    "semver": ["1.2.3", "1.0.0-rc.1+b"],
    "isoDate": ["2026-01-31", "2026-01-31T10:00:00+00:00"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "md5": ["d41d8cd98f00b204e9800998ecf8427e"],
    "duration": ["90s", "1h30m", "15d", "30"],
}
BAD = {
    "string(minLength=2,maxLength=3)": ["a", "abcd"],
    "string(isLength=2)": ["a"],
    "string(startsWith=sk-,endsWith=z)": ["sk", "sk-"],
    "string(matches=^a+$)": ["b"],
    "number": ["x", "1x", "0x1", "nan", "١"[:0] or "--1"],
    "number(min=0,max=1,precision=2)": ["-1", "2", "0.123"],
    "number(isInt=true)": ["3.5"],
    "boolean": ["maybe", "2"],
    "url": ["a", "http://", "//a", "http://a b", "http://a:99999"],
    "enum(a,b)": ["c", "A"],
    "email": ["a", "a@b", "a b@c.d"],
    "port": ["0", "65536", "x", "-1", "8080/tcp", "999999"],
    "port(min=1024)": ["80"],
    "ip": ["256.1.1.1", "db"],
    "semver": ["1.2", "v1.2.3"],
    "isoDate": ["31.01.2026", "2026-13-01"],
    "uuid": ["123"],
    "md5": ["xyz"],
    "duration": ["soon", "1y"],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD.items() for value in values])
def test_a_value_of_its_type(kind: str, value: str) -> None:
    assert said(kind, value) == ""


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in BAD.items() for value in values])
def test_a_value_that_is_not_and_is_not_repeated(kind: str, value: str) -> None:
    found = said(kind, value)
    assert found
    assert len(value) < 4 or value not in found


def test_every_type_is_tried_and_an_empty_value_is_never_wrong() -> None:
    assert {kind.partition("(")[0] for kind in GOOD} == set(TYPES)
    assert [said(kind, "") for kind in GOOD] == [""] * len(GOOD)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "change-me",
            "changeme",
            "CHANGE_ME!",
            "change-this",
            "your-key-here",
            "your_api_key",
            "<token>",
            "xxx",
            "XXXX",
        ),
        *(
            "replace-me",
            "replace me please",
            "todo",
            "TBD",
            "placeholder",
            "insert-your-token",
            "my-secret",
            "***",
            "...",
        ),
        *("put-your-key-here", "{{ token }}", "__TOKEN__", "example-key", "key-goes-here", "changeme123"),
    ],
)
def test_what_somebody_meant_to_replace(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "core",
        "8080",
        "http://jaeger:4318",
        "mongo:8.0.26",
        "my-host",
        "add-on",
        "exchange",
        "f00dbabe",
        "xx",
        "theyre",
    ],
)
def test_what_is_a_value(value: str) -> None:
    assert not is_placeholder(value)
