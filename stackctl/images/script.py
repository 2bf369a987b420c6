"""Running a recipe's own script on the host. Only the image that all others start from needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.engine.door import OnLine
from stackctl.engine.environment import allowed
from stackctl.engine.run import Command, Running
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.mask import Mask

Script = Callable[[Sequence[str], Path, OnLine], int]
"""Runs a command in a folder; its lines reach the function. Gives the exit code. Raises EngineError."""


class HostScript:
    """The real one: allow-listed environment, closed input, masked text, ended with its children on Ctrl-C."""

    def __init__(self, shell: Mapping[str, str], mask: Mask) -> None:
        self._env = allowed(shell)
        self._mask = mask

    def __call__(self, argv: Sequence[str], folder: Path, on_line: OnLine) -> int:
        """See Script."""

        def masked(line: str) -> None:
            on_line(self._mask(line))  # a package mirror's address can hold a password

        try:
            running = Running(Command(tuple(argv), self._env, folder), masked, masked)
        except OSError as error:
            raise EngineError(
                f"{argv[0]} cannot be started: {error.strerror}", f"install {argv[0]}", code="script"
            ) from error
        try:
            return running.wait()
        except BaseException:
            running.stop()
            raise
