"""Ends a command, without any warning to it, at the n-th thing that it does to a file: see `Killing`.

Python tells an audit hook of every file that is opened, renamed, linked, removed or made. The hook that is planted here
counts what lies below given folders and fits a pattern (`os.rename PATH PATH`) and, at the number asked for, sends
SIGKILL to its own process before it happens: each moment between two changes of the disk is met exactly once.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.engine.cli import Cli

HOOK = """
import os, re, signal, sys

_FOLDERS = tuple(os.environ["KILL_BELOW"].split(":"))
_AT = int(os.environ["KILL_AT"])
_seen = 0

def _watch(event, arguments):
    global _seen
    if event not in ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod"):
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    words = [word for word in map(_text, arguments) if isinstance(word, str)]
    if not any(word.startswith(_FOLDERS) for word in words):
        return
    if not re.search(os.environ["KILL_PATTERN"], " ".join([event, *words])):
        return
    _seen += 1
    if _seen == _AT:
        os.kill(os.getpid(), signal.SIGKILL)

def _text(word):
    try:
        return os.fspath(word)
    except TypeError:
        return word

sys.addaudithook(_watch)
"""


@dataclass(frozen=True)
class Killing:
    """Runs command lines that are killed; `folders` are those in which changes count."""

    cli: Cli
    planted: Path
    folders: tuple[Path, ...]

    def __call__(self, at: int, *words: str, stdin: str = "", pattern: str = "") -> bool:
        """Run a line and kill it at this change; say whether it came so far."""
        self.planted.mkdir(exist_ok=True)
        (self.planted / "sitecustomize.py").write_text(HOOK)
        variables = {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(self.planted), os.environ.get("PYTHONPATH", "")))),
            "KILL_BELOW": ":".join(str(folder) for folder in self.folders),
            "KILL_AT": str(at),
            "KILL_PATTERN": pattern,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        answer = self.cli(*words, code=None, env=variables, stdin=stdin)
        assert answer.code in (0, -signal.SIGKILL), answer
        return answer.code != 0
