"""How the running command prints: known to the command line's one exit, without importing a session."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple


class Output(NamedTuple):
    """How to print."""

    json: bool = False
    stream: bool = False
    quiet: bool = False
    verbose: bool = False
    yes: bool = False

    @property
    def interactive(self) -> bool:
        """Say whether a question can be asked: a terminal on both sides, no script, no CI."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.json and not os.environ.get("CI")
