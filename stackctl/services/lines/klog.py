"""klog, of cAdvisor and Kubernetes: `I0822 10:00:00.123456       1 manager.go:1116] text`. It writes no year."""

from __future__ import annotations

import re

from stackctl.services.lines.parsed import Parsed

_LINE = re.compile(r"([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d+)\s+(\d+) ([\w.+-]+:\d+)\] ?(.*)", re.DOTALL)
_LEVELS = {"I": "info", "W": "warn", "E": "error", "F": "fatal"}


def klog(text: str) -> Parsed | None:
    """Read a line, None for anything else."""
    match = _LINE.fullmatch(text)
    if not match:
        return None
    return Parsed(_LEVELS[match[1]], match[5], {"caller": match[4], "thread": match[3]}, match[2])
