"""A command of the user's that owns our outputs: its exit code, a signal's, and the one object on standard output."""

from __future__ import annotations

import os

import pytest

from stackctl.engine.run import foreground


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_its_code_comes_back(script: str, code: int) -> None:
    assert foreground(("sh", "-c", script), dict(os.environ), None) == code


def test_its_output_can_go_beside_ours(capfd: pytest.CaptureFixture[str]) -> None:
    foreground(("sh", "-c", "echo heard"), {"PATH": os.environ["PATH"]}, None)
    assert capfd.readouterr().out == "heard\n"


def test_a_program_that_there_is_not_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        foreground(("no-such-program",), {"PATH": os.environ["PATH"]}, None)
