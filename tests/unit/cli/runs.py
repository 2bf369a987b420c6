"""Running the command line in this process, as the tests of this folder do."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stackctl.cli.main import run

GOLDEN = Path(__file__).with_name("golden")
# `GOLDEN=write pytest tests/unit/cli` writes the golden files anew; read the difference before it is committed.
WRITE = os.environ.get("GOLDEN") == "write"


@dataclass(frozen=True)
class Answer:
    """What one command line printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out
        value: dict[str, Any] = json.loads(self.out)
        assert list(value) == ["schema", "command", "ok", "exit_code", "data", "findings", "error"]
        assert value["schema"] == 1
        assert value["exit_code"] == self.code
        assert value["ok"] == (self.code == 0)
        return value


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run a command line."""
    capsys.readouterr()
    code = run(list(words))
    said = capsys.readouterr()
    return Answer(code, said.out, said.err)


def golden(name: str, text: str) -> str:
    """Give what the golden file says; with GOLDEN=write it says what is given."""
    path = GOLDEN / name
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.is_file(), f"{path} is missing: GOLDEN=write pytest tests/unit/cli"
    return path.read_text("utf-8")
