"""The machine's register: blocks never overlap, whatever comes and goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import ConfigError, Misuse, Refused
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.lock import locked
from stackctl.workspace.register import (
    LOCK,
    Checkout,
    Range,
    Register,
    Seat,
    changing,
    free_block,
    free_port,
    port_range,
    read_register,
    sound_register,
)
from tests.unit.fakes import FakeClock


def seat(project: str, first: int, size: int = 10, **more: object) -> Seat:
    return Seat(project, f"/{project}", "core", "dev", project, first, size, "2026-01-02T03:04:05+00:00", **more)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 7), st.booleans()), max_size=30),
    st.sets(st.integers(100, 199)),
)
def test_no_two_seats_share_a_port_and_none_has_a_foreign_one(
    steps: list[tuple[str, int, bool]], foreign: set[int]
) -> None:
    register = Register()
    for project, size, remove in steps:
        if remove:
            register = register.without(project)
        elif register.seat(project) is None:
            try:
                block = free_block(register, Range(100, 199, size), lambda port: port not in foreign)
            except Refused:
                continue
            register = register.with_seat(seat(project, block.start, len(block)))
        ports = [port for item in register.seats for port in item.ports]
        assert len(ports) == len(set(ports))
        assert not foreign & set(ports)
        assert all(100 <= port <= 199 for port in ports)


def test_a_full_range_names_who_has_it_and_the_way_out() -> None:
    register = Register(seats=(seat("a", 100), seat("b", 110)))
    with pytest.raises(Refused) as caught:
        free_block(register, Range(100, 119, 10), lambda _port: True)
    assert caught.value.code == "ports-exhausted"
    assert "a (100), b (110)" in caught.value.message
    assert "stackctl instances remove" in caught.value.hint
    assert free_block(register, Range(100, 129, 10), lambda _port: True) == range(120, 130)


def test_a_port_of_a_block_is_free_and_not_given_twice() -> None:
    own = seat("a", 100, 3)
    assert free_port(own, [100], lambda port: port != 101) == 102
    with pytest.raises(Refused) as caught:
        free_port(own, [100, 102], lambda port: port != 101)
    assert caught.value.code == "ports-exhausted"
    assert "STACKCTL_PORT_BLOCK=6" in caught.value.hint


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    register = Register(
        (Checkout("/a", "r#."), Checkout("/b", "r#.", "b", named=True)), (seat("a", 1, variables={"P": 3}),)
    )
    with changing(tmp_path, DiskFiles(), FakeClock()) as (before, keep):
        assert before == Register()
        keep(register)
    assert read_register(tmp_path, DiskFiles()) == register
    assert (tmp_path / "instances.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_is_forgotten_with_its_last_instance_when_it_is_gone(tmp_path: Path) -> None:
    here = Checkout(str(tmp_path), "r#.", "here")
    register = Register((Checkout("/gone", "r#.", "gone"), here, Checkout("/gone-too", "r#.")), (seat("a", 1),))
    assert register.without("a").checkouts == (here, Checkout("/gone-too", "r#."))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"schema": 1, "checkouts": [{"x": 1}], "seats": []}', "null"])
def test_a_damaged_register_is_not_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "instances.json").write_text(text)
    with (
        pytest.raises(ConfigError) as caught,
        changing(tmp_path, DiskFiles(), FakeClock()) as (_register, keep),
    ):
        keep(Register())
    assert caught.value.code == "register-damaged"
    assert str(tmp_path / "instances.json") in caught.value.message
    with pytest.raises(ConfigError):
        sound_register(tmp_path, DiskFiles())
    assert (tmp_path / "instances.json").read_text() == text


def test_a_register_that_somebody_holds_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with (
        locked(tmp_path / LOCK, "up", 0, FakeClock()),
        pytest.raises(Refused) as caught,
        changing(tmp_path, DiskFiles(), FakeClock()),
    ):
        raise AssertionError
    assert caught.value.code == "busy"
    assert "the register of instances is held by another command" in caught.value.message
    assert f"stackctl up (process {os.getpid()})" in caught.value.message


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ({}, Range(21000, 24999, 50)),
        ({"STACKCTL_PORT_RANGE": "30000-30099"}, Range(30000, 30099, 50)),
        ({"STACKCTL_PORT_BLOCK": "5"}, Range(21000, 24999, 5)),
    ],
)
def test_the_range_is_the_users(shell: dict[str, str], expected: Range) -> None:
    assert port_range(shell) == expected


@pytest.mark.parametrize("text", ["", "30000", "30000-", "a-b", "30000-20000", "0-10", "1-70000"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Misuse):
        port_range({"STACKCTL_PORT_RANGE": text})


def test_a_block_of_no_ports_is_refused() -> None:
    with pytest.raises(Misuse):
        port_range({"STACKCTL_PORT_BLOCK": "0"})
