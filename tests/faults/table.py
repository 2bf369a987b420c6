"""The table of results in docs/reference/verdicts.md: `python -m tests.faults.table` writes it from the corpus.

Each number is proved by a test: a stack that is not in GAPS must be right, one that is must give `unknown` or nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from stackctl.health.codes import CODES
from tests.faults import cases, field, unseen
from tests.faults.made import Fault

PAGE = Path(__file__).parents[2] / "docs/reference/verdicts.md"
BEGIN, END = "<!-- results: make verdicts -->", "<!-- end of results -->"
ALL: tuple[Fault, ...] = (*cases.CASES, *unseen.CASES, *field.CASES)

# Stacks whose cause cannot be known, and why.
GAPS = {
    "build-run": "plain Compose keeps no word of a failed build, and leaves nothing on the engine",
    "build-copy-missing": "the same",
}
# Faults of the engine itself have a test of their own each: tests/faults/test_engine_faults.py.
ON_AN_ENGINE_OF_THEIR_OWN = {"engine-unreachable": 3, "address-pool-exhausted": 1, "disk-full": 1}


def table() -> str:
    """Give the table as Markdown."""
    stacks = Counter(case.code for case in ALL)
    for code, count in ON_AN_ENGINE_OF_THEIR_OWN.items():
        stacks[code] += count
    silent = Counter(case.code for case in ALL if case.name in GAPS)
    lines = ["| expected | stacks | right | unknown | wrong |", "|---|---|---|---|---|"]
    for code in (*CODES, ""):
        if stacks[code]:
            name = f"`{code}`" if code else "nothing: a healthy stack"
            lines.append(f"| {name} | {stacks[code]} | {stacks[code] - silent[code]} | {silent[code]} | 0 |")
    whole, gaps = sum(stacks.values()), sum(silent.values())
    return "\n".join([*lines, f"| all | {whole} | {whole - gaps} | {gaps} | 0 |"])


def without_stack() -> list[str]:
    """Give the codes that no stack of the corpus expects."""
    expected = {case.code for case in ALL} | set(ON_AN_ENGINE_OF_THEIR_OWN)
    return [code for code in CODES if code not in expected]


def rendered(page: str) -> str:
    """Give the page with the table of now."""
    head, _begin, rest = page.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{table()}\n")
