"""Timing two commands side by side: interleaved, so that a busy moment of the machine hits both; then medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A command to time; `before` puts the world into its starting state and is not timed."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Ratio:
    """What came out: seconds (or another unit), how often, and the goal for ours divided by theirs."""

    name: str
    ours: float
    theirs: float
    goal: float
    runs: int
    unit: str = "s"

    @property
    def value(self) -> float:
        """Give ours divided by theirs."""
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        """Say whether the goal is met."""
        return self.value <= self.goal


def compare(
    name: str, ours: Run, theirs: Run, goal: float, runs: int, of: Callable[[list[float]], float] = statistics.median
) -> Ratio:
    """Time both commands in turns, `of` makes one number of the runs of each.

    Raises RuntimeError where one of them fails: a failure is no measurement.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(runs):
        pair = ((0, ours), (1, theirs)) if turn % 2 == 0 else ((1, theirs), (0, ours))
        for index, run in pair:
            times[index].append(_timed(run))
    return Ratio(name, of(times[0]), of(times[1]), goal, runs)


def must(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
    """Run a command that prepares something. Raises RuntimeError with its output where it fails."""
    done = subprocess.run(argv, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _timed(run: Run) -> float:
    run.before()
    start = time.perf_counter()
    must(run.argv, run.cwd, run.env)
    return time.perf_counter() - start
