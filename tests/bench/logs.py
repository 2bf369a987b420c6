"""Reading logs, against docker's own commands on the same containers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.lab import STACKCTL
from tests.bench.measure import Ratio, Run, compare, must
from tests.memory import peak_memory

LINES = 300_000
WRITER = """
import json, sys
levels = ["info"] * 20 + ["warning", "error", "debug", "debug"]
for start in range(0, int(sys.argv[1]), 500):
    rows = [
        json.dumps({"time": "2026-08-22T10:00:00.123Z", "level": levels[n % 24], "logger": "app.items",
                    "message": "item stored", "item": f"i-{n}", "ms": n % 97})
        for n in range(start, start + 500)
    ]
    sys.stdout.write("\\n".join(rows) + "\\n")
"""
FLOW = """
import time
number = 0
while True:
    begin = time.monotonic()
    for _ in range(20):
        number += 1
        print("INFO:", number, time.time(), flush=True)
    time.sleep(max(0.0, 0.01 - (time.monotonic() - begin)))
"""
MOST_RSS = 150 * 1024  # KiB


def large_logs(make: Callable[[str], object], folder: Path, env: dict[str, str], runs: int) -> list[Ratio]:
    """Measure two services of 300,000 JSON lines each; `make` writes the project's Compose file."""
    service = {"image": "stackctl/python:local", "command": ["python3", "-c", WRITER, str(LINES)]}
    make(json.dumps({"services": {"a": service, "b": service}}))
    must(("docker", "compose", "up", "-d"), folder, env)
    _until(lambda: not _said(folder, "docker", "compose", "ps", "-q", "--status", "running"))
    one = _said(folder, "docker", "compose", "ps", "-aq", "a").split()[0]
    theirs = Run(("docker", "compose", "logs", "-t"), folder, env)

    def ours(*words: str) -> Run:
        return Run((STACKCTL, "logs", *words), folder, env)

    return [
        compare("logs, painted / docker compose logs -t", ours("--color", "always"), theirs, 1.0, runs),
        compare("logs --grep / docker compose logs -t", ours("--grep", "i-2999"), theirs, 1.0, runs),
        compare("logs --level error / docker compose logs -t", ours("--level", "error"), theirs, 1.0, runs),
        compare("logs --json / docker compose logs -t", ours("--json"), theirs, 1.25, runs),
        compare(
            "logs a --tail 100 / docker logs --tail 100",
            ours("a", "--tail", "100"),
            Run(("docker", "logs", "--tail", "100", one), folder, env),
            1.5,
            runs,
        ),
        _memory(STACKCTL, folder, env),
    ]


def latency(make: Callable[[str], object], folder: Path, env: dict[str, str]) -> list[Ratio]:
    """Measure how long a line takes from its program to our output at 2,000 lines a second: the 99th percentile."""
    flow = {"image": "stackctl/python:local", "command": ["python3", "-c", FLOW], "init": True}
    make(json.dumps({"services": {"flow": flow}}))
    must(("docker", "compose", "up", "-d"), folder, env)
    words = (STACKCTL, "logs", "-f", "--tail", "0")
    late: list[float] = []
    with subprocess.Popen(words, cwd=folder, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        end = time.monotonic() + 10
        for line in process.stdout:
            late.append(time.time() - float(line.split()[-1]))
            if time.monotonic() > end:
                break
        process.terminate()
    late = sorted(late[2000:])  # the first second belongs to the start
    return [Ratio("logs -f, from write to screen, p99 / 250 ms", late[len(late) * 99 // 100], 0.25, 1.0, 1)]


def _memory(program: str, folder: Path, env: dict[str, str]) -> Ratio:
    """Give the largest memory of one run over all lines, as a part of 150 MiB."""
    with subprocess.Popen(
        (program, "logs", "--color", "always"), cwd=folder, env={**os.environ, **env}, stdout=subprocess.DEVNULL
    ) as process:
        most = peak_memory(process)
    return Ratio("logs: memory / 150 MiB", most / 1024, MOST_RSS / 1024, 1.0, 1, "MiB")


def _said(folder: Path, *words: str) -> str:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def _until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.2)
