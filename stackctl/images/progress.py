"""Where a build is, read from buildx's plain progress. Lines in, the current step out."""

from __future__ import annotations

import re

LONGEST = 100

_LINE = re.compile(r"^#(?P<number>\d+) (?P<rest>.*)$")
_STEP = re.compile(r"^\[(?P<stage>(?!internal\b|auth\b)[^\]]+)\] (?P<text>.+)$")
_EXPORT = re.compile(r"^(exporting to \S+|sending tarball|loading image)")
_OPTION = re.compile(r"--(?:mount|network|security)=\S+\s+")


class StepReader:
    """Follows one build. Stages run side by side, so each line says by its number which step it belongs to."""

    def __init__(self) -> None:
        self._steps: dict[str, str] = {}
        self._last = ""

    def read(self, line: str) -> str:
        """Give the step that a line has begun or come back to, empty where nothing new can be said."""
        match = _LINE.match(line.strip())
        if not match:
            return ""
        number, rest = match["number"], match["rest"]
        step = _STEP.match(rest)
        if step:
            self._steps[number] = shorten(f"[{step['stage']}] {_OPTION.sub('', step['text'])}")
        elif _EXPORT.match(rest):
            self._steps[number] = "writing the image"
        current = self._steps.get(number, "")
        if rest.startswith(("CACHED", "DONE")) or not current or current == self._last:
            return ""
        self._last = current
        return current


def shorten(text: str) -> str:
    """Give one line of at most LONGEST characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
