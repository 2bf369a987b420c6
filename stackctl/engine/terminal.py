"""A process that takes over the terminal: a shell, a client. Its streams are ours, untouched."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence


def attach(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command on our own streams until it ends; give its exit code (128 + n for a signal), as a shell does.

    Ctrl-C reaches it by itself, because it is in the foreground with us; SIGTERM reaches only us, so it is passed on.
    Raises FileNotFoundError where there is no such program.
    """
    with subprocess.Popen(argv, env=dict(env)) as process:
        before = signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
        try:
            while True:
                try:
                    code = process.wait()
                    break
                except KeyboardInterrupt:
                    continue
        finally:
            signal.signal(signal.SIGTERM, before)
    return 128 - code if code < 0 else code
