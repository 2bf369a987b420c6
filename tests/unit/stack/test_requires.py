"""What a stack asks of stackctl, Compose and the machine."""

from __future__ import annotations

import pytest

from stackctl.errors import ConfigError
from stackctl.stack.requires import Found, Requires, misses, requires_from
from stackctl.stack.sizes import bytes_of

HERE = Found("0.3.0", "2.26.1-4", 8 * 2**30)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GiB", 4 * 2**30),
        ("512MB", 512 * 10**6),
        ("1.5 GB", 1_500_000_000),
        ("2g", 2 * 2**30),
        (1024, 1024),
        ("7", 7),
        ("4 QiB", None),
        ("", None),
        ("-1g", None),
    ],
)
def test_a_size_is_read_as_it_is_written(text: object, size: int | None) -> None:
    assert bytes_of(text) == size


def test_nothing_is_wanted_where_nothing_is_said() -> None:
    assert requires_from(None) == Requires()
    assert misses(requires_from({}), HERE) == []


@pytest.mark.parametrize("compose", [">=2.24", "2.24", ">=2.20,<3", "!=2.25.0", ""])
def test_what_is_here_is_enough(compose: str) -> None:
    assert misses(requires_from({"stackctl": ">=0.3", "compose": compose, "memory": "4GiB"}), HERE) == []


@pytest.mark.parametrize("there", ["v2.23.3-desktop.1", "2.23.3", "2.23.3-1~deb12u1"])
def test_the_tail_of_a_packaged_version_does_not_count(there: str) -> None:
    (missed,) = misses(requires_from({"compose": ">=2.24"}), Found("1", there))
    assert missed.code == "compose-version"
    assert there in missed.message
    assert ">=2.24" in missed.message
    assert missed.hint


def test_everything_that_is_missing_is_said_at_once() -> None:
    wanted = requires_from({"stackctl": ">=1", "compose": ">=9", "memory": "16GiB"})
    assert [missed.code for missed in misses(wanted, HERE)] == ["stackctl-version", "compose-version", "memory-size"]


def test_an_early_version_of_the_next_release_is_taken_as_it() -> None:
    assert misses(requires_from({"stackctl": ">=0.3"}), Found("0.3.0rc1")) == []


def test_what_the_kernel_keeps_of_the_memory_is_not_missing() -> None:
    assert misses(Requires(memory=4 * 2**30), Found("1", "2", int(3.8 * 2**30))) == []
    assert misses(Requires(memory=4 * 2**30), Found("1", "2", int(3.5 * 2**30))) != []


@pytest.mark.parametrize(
    "raw",
    [
        "0.3",
        {"stackctl": "newest"},
        {"compose": "=>2.24"},
        {"memory": "much"},
        {"docker": ">=26"},
        {"compose": "${COMPOSE_VERSION}"},
        ["stackctl"],
    ],
)
def test_what_means_nothing_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError) as caught:
        requires_from(raw)
    assert caught.value.code == "requires-invalid"
    assert "requires: {" in caught.value.hint
