"""Print what the verdicts came to, as a table: expected code, stacks, right, unknown, wrong."""

from __future__ import annotations

from collections import Counter

import pytest

KINDS = ("right", "unknown", "wrong")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what each test has recorded; with several workers the properties travel with the reports."""
    seen: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            facts = dict(getattr(report, "user_properties", ()))
            if getattr(report, "when", "") == "call" and "expected" in facts:
                seen[str(facts["expected"]), str(facts["verdict"])] += 1
    if not seen:
        return
    terminalreporter.section("verdicts")
    terminalreporter.line(f"{'expected':<26}" + "".join(f"{kind:>9}" for kind in KINDS))
    for code in sorted({code for code, _kind in seen}):
        counts = "".join(f"{seen[code, kind]:>9}" for kind in KINDS)
        terminalreporter.line(f"{code or '(healthy)':<26}{counts}")
    totals = "".join(f"{sum(seen[code, kind] for code in {code for code, _ in seen}):>9}" for kind in KINDS)
    terminalreporter.line(f"{'all':<26}{totals}")
