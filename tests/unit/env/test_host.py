from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.env.host import Published, Reach, host_environment

REACH = Reach(
    {
        "db": Published({27017: ("127.0.0.1", 31017)}, 27017),
        "cache": Published({6379: ("127.0.0.1", 6379)}, 6379),
        "web": Published({80: ("127.0.0.1", 8080), 443: ("::1", 8443)}, 80),
        "hidden": Published({}, 5432),
    },
    {"/run/secrets/pw": Path("/home/me/secrets/pw"), "/run/secrets/pw2": Path("/home/me/secrets/pw2")},
)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("URL", "mongodb://u:p@db:27017/x?a=b", "mongodb://u:p@127.0.0.1:31017/x?a=b"),
        ("URL", "mongodb://db/x", "mongodb://127.0.0.1:31017/x"),
        ("URL", "mongodb://db:27017,other:1/x", "mongodb://127.0.0.1:31017,other:1/x"),
        ("URL", "http://web/path", "http://127.0.0.1:8080/path"),
        ("URL", "https://web", "https://[::1]:8443"),
        ("URL", "http://website/", "http://website/"),
        ("URL", "http://host.docker.internal:9/", "http://127.0.0.1:9/"),
        ("PEERS", "db:27017,cache:6379", "127.0.0.1:31017,127.0.0.1:6379"),
        ("ADDRESS", "cache:6379", "127.0.0.1:6379"),
        ("SERVICE_NAME", "db", "db"),
        ("DATABASE", "db", "db"),
        ("IMAGE", "redis:7", "redis:7"),
        ("TEXT", "ask db:27017 first", "ask db:27017 first"),
        ("PW_FILE", "/run/secrets/pw", "/home/me/secrets/pw"),
        ("PW2_FILE", "/run/secrets/pw2", "/home/me/secrets/pw2"),
        ("PW_FILE", "/run/secrets/pw/x", "/run/secrets/pw/x"),
        ("CMD", "--pw=/run/secrets/pw --x", "--pw=/home/me/secrets/pw --x"),
        ("PW_URL", "file:///run/secrets/pw", "file:///home/me/secrets/pw"),
        ("PW_URL", "file:/run/secrets/pw", "file:/home/me/secrets/pw"),
        ("EMPTY", "", ""),
    ],
)
def test_a_value(key: str, value: str, expected: str) -> None:
    assert host_environment({key: value}, REACH).values[key] == expected


def test_a_name_alone_takes_its_port_along() -> None:
    assert host_environment({"DB_HOST": "db"}, REACH).values == {"DB_HOST": "127.0.0.1", "DB_PORT": "31017"}
    given = {"WEB_HOST": "web", "WEB_PORT": "443"}
    assert host_environment(given, REACH).values == {"WEB_HOST": "::1", "WEB_PORT": "8443"}
    assert host_environment({"HOST": "0.0.0.0", "PORT": "1"}, REACH).values == {"HOST": "0.0.0.0", "PORT": "1"}


def test_what_is_not_published_is_told_and_left() -> None:
    found = host_environment({"A_URL": "postgres://hidden/x", "B_HOST": "hidden", "C": "db:1"}, REACH)
    assert found.values == {"A_URL": "postgres://hidden/x", "B_HOST": "hidden", "C": "db:1"}
    assert {finding.code for finding in found.findings} == {"not-published"}
    assert len(found.findings) == 2


def test_what_is_of_the_container_alone_stays_there() -> None:
    assert host_environment({"PATH": "/x", "HOME": "/y", "NULL": None, "A": "1"}, REACH).values == {"A": "1"}


def test_no_value_is_shown_by_repr() -> None:
    assert "topsecret" not in repr(host_environment({"A": "topsecret"}, REACH))
