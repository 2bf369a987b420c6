"""How much memory a command needs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PAUSE = 0.02  # seconds; the kernel keeps the peak, so only what comes in the very last moment is missed


def peak_memory(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process and give the most memory in KiB that it, or one that it started, had at a time.

    `ru_maxrss` is something else: it begins with what the parent had at the fork, so a test runner of 200 MB hid
    every program that needs less.
    """
    most = 0
    while process.poll() is None:
        most = max(most, *(_peak(pid) for pid in _family(process.pid)))
        time.sleep(PAUSE)
    return most


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
