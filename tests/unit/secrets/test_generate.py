from __future__ import annotations

import re
import shlex
from urllib.parse import quote as percent

import pytest

from stackctl.env.write import quote
from stackctl.errors import ConfigError
from stackctl.secrets.entropy import SystemEntropy
from stackctl.secrets.generate import generate


class Fixed:
    """Gives the same bytes over and over, from the start."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.taken = 0

    def take(self, count: int) -> bytes:
        start, self.taken = self.taken, self.taken + count
        repeated = self.data * (self.taken // len(self.data) + 1)
        return repeated[start : self.taken]


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        ("hex(32)", "[0-9a-f]{64}"),
        ("hex(16)", "[0-9a-f]{32}"),
        ("base64url(24)", "[A-Za-z0-9][A-Za-z0-9_-]{31}"),
        ("base64url(16)", "[A-Za-z0-9][A-Za-z0-9_-]{21}"),
        ("alnum(20)", "[A-Za-z0-9]{20}"),
    ],
)
def test_a_value_that_nothing_damages(spec: str, shape: str) -> None:
    values = [generate(spec, SystemEntropy()) for _ in range(200)]
    assert len(set(values)) == 200
    for value in values:
        assert re.fullmatch(shape, value)
        assert quote(value) == value == shlex.quote(value) == percent(value, safe="")


def test_the_bytes_are_what_entropy_gives() -> None:
    assert generate("hex(16)", Fixed(b"\x00\xff")) == "00ff" * 8


def test_a_value_never_starts_with_a_sign() -> None:
    assert generate("base64url(16)", Fixed(b"\xff" * 16 + b"\x00" * 16)) == "A" * 22


def test_no_letter_is_likelier_than_another() -> None:
    assert generate("alnum(16)", Fixed(b"\xf8\xff\x00\xf7")) == "a9" * 8


@pytest.mark.parametrize(
    "spec", ["", "hex", "hex()", "hex(x)", "hex(15)", "hex(513)", "hex(32) x", "hex(1,2)", "rot13(32)"]
)
def test_other_recipes_are_refused(spec: str) -> None:
    with pytest.raises(ConfigError):
        generate(spec, SystemEntropy())
