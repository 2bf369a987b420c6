"""`make bench`: measure, print a table and JSON, and exit 1 where a goal is missed."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.bench import cases
from tests.bench.measure import Ratio

# Each case, and how often it is run.
CASES = {
    cases.startup: 15,
    cases.many_services: 9,
    cases.hundred_services: 5,
    cases.side_by_side: 7,
    cases.cold_core: 5,
    cases.slow_probes: 5,
    cases.seed_stack: 3,
    cases.env_files: 9,
    cases.logs: 5,
    cases.backups: 3,
    cases.forks: 3,
}


def main() -> int:
    """Run every case and give the exit code."""
    # An installed stackctl has its byte code; a shell that forbids it would have us measure the compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # As Ctrl-C: what was started is taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="stackctl-bench-") as name:
        folder = Path(name)
        results = [result for case, runs in CASES.items() for result in case(folder, runs)]
    print(f"{'what':52} {'ours':>9} {'theirs':>9} {'ratio':>7} {'goal':>6}")
    for result in results:
        print(_row(result))
    print(json.dumps({"ratios": [_json(result) for result in results]}))
    return 0 if all(result.met for result in results) else 1


def _row(result: Ratio) -> str:
    mark = "ok" if result.met else "MISSED"
    factor, unit = (1000, "ms") if result.unit == "s" else (1, result.unit)
    ours, theirs = f"{result.ours * factor:.0f} {unit}", f"{result.theirs * factor:.0f} {unit}"
    return f"{result.name:52} {ours:>9} {theirs:>9} {result.value:6.2f}× {result.goal:5.2f}× {mark}"


def _json(result: Ratio) -> dict[str, object]:
    return {
        "name": result.name,
        "unit": result.unit,
        "ours": round(result.ours, 4),
        "theirs": round(result.theirs, 4),
        "ratio": round(result.value, 3),
        "goal": result.goal,
        "met": result.met,
        "runs": result.runs,
    }


if __name__ == "__main__":
    sys.exit(main())
