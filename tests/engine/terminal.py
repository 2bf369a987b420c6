"""A command line on a pseudo-terminal: somebody who reads a question and types the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from tests.engine.cli import STACKCTL, Cli

# A question that hides its answer throws away what was typed before it was ready: its last blank says that it is.
TYPIST = """
import json, os, pty, sys
waiting = json.loads(sys.argv[1])
seen = b""
def read(fd):
    global seen
    data = os.read(fd, 4096)
    seen += data
    if waiting and waiting[0][0].encode() in seen:
        question, answer = waiting.pop(0)
        seen = seen.split(question.encode(), 1)[1]
        os.write(fd, answer.encode())
    return data
code = os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read))
sys.exit(f"never asked: {waiting}" if waiting else code)
"""


def on_terminal(cli: Cli, *words: str, answers: Sequence[tuple[str, str]] = (), code: int = 0) -> str:
    """Run a command on a terminal and type each answer once its question stands there; give what the terminal shows.

    A question is a text on the screen, with the blank at its end. Fails where one was never asked.
    """
    done = subprocess.run(
        [sys.executable, "-c", TYPIST, json.dumps(answers), str(STACKCTL), *words],
        cwd=cli.folder,
        env={**cli.environment(), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback (most recent call last)" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert done.returncode == code, f"exit code {code} was expected, not {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout
