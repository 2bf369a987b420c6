from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stackctl.errors import Refused
from stackctl.workspace.clock import SystemClock
from stackctl.workspace.lock import locked
from tests.unit.fakes import FakeClock

HOLDER = """
import sys, time
from pathlib import Path
from stackctl.workspace.clock import SystemClock
from stackctl.workspace.lock import locked
with locked(Path(sys.argv[1]), "up dev", 30, SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    words = (sys.executable, "-c", HOLDER, str(path))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_free_lock_is_taken_and_given_back(tmp_path: Path) -> None:
    path, clock = tmp_path / "projects" / "shop" / "lock", FakeClock()
    for _ in range(2):
        with locked(path, "up", 0, clock):
            assert path.stat().st_mode & 0o077 == 0
    assert clock.naps == []


def test_a_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError), locked(tmp_path / "lock", "up", 0, FakeClock()):
        raise ValueError
    with locked(tmp_path / "lock", "up", 0, FakeClock()):
        pass


def test_no_patience_refuses_at_once_and_names_the_owner(tmp_path: Path) -> None:
    path, clock = tmp_path / "lock", FakeClock()
    told: list[str] = []
    with other_process(path) as owner:
        with pytest.raises(Refused) as caught, locked(path, "down", 0, clock, told.append):
            pass
        assert (caught.value.exit_code, caught.value.code) == (7, "busy")
        assert f"stackctl up dev (process {owner.pid})" in caught.value.message
        assert "--lock-wait" in caught.value.hint
    assert (clock.naps, told) == ([], [])


def test_patience_ends_and_the_waiting_is_told_once(tmp_path: Path) -> None:
    path, clock = tmp_path / "lock", FakeClock()
    told: list[str] = []
    with other_process(path) as owner, pytest.raises(Refused), locked(path, "down", 3, clock, told.append):
        pass
    assert 3 <= clock.seconds < 3.5
    assert told == [f"waiting for stackctl up dev (process {owner.pid})"]


def test_an_owner_that_is_killed_leaves_the_lock_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with other_process(path) as owner:
        owner.kill()
        owner.wait()
        with locked(path, "down", 0, FakeClock()):
            assert "down" in path.read_text()


def test_who_waits_gets_the_lock_when_the_owner_ends(tmp_path: Path) -> None:
    path, told, got = tmp_path / "lock", threading.Event(), threading.Event()

    def wait() -> None:
        with locked(path, "down", 60, SystemClock(), lambda _text: told.set()):
            got.set()

    with other_process(path) as owner:
        thread = threading.Thread(target=wait)
        thread.start()
        assert told.wait(20)
        assert not got.is_set()
        assert owner.stdin is not None
        owner.stdin.close()
        assert got.wait(20)
        thread.join()


def test_the_lock_does_not_reach_children(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, "up", 0, FakeClock()):
        child = subprocess.Popen(("sleep", "30"), close_fds=False)
    try:
        with locked(path, "down", 0, FakeClock()):
            pass
    finally:
        child.kill()
        child.wait()


def test_an_owner_that_left_no_note_is_another_stackctl(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with other_process(path):
        path.write_text("{")
        with pytest.raises(Refused, match="another stackctl"), locked(path, "down", 0, FakeClock()):
            pass
