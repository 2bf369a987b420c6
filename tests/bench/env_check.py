"""A plain project of 50 services that use 2,000 variables, all of them in `.env` and its template."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from stackctl.env.grammar import parse
from tests.bench.measure import Ratio

SERVICES = 50
KEYS = 2_000


def write_project(folder: Path) -> None:
    """Write the Compose file, `.env` and `.env.template`."""
    each = KEYS // SERVICES
    services, env, template = [], [], []
    for number in range(SERVICES):
        lines = []
        for index in range(each):
            key = f"S{number:02}_SETTING_{index:02}"
            lines.append(f"      SETTING_{index:02}: ${{{key}:-{index}}}\n")
            env.append(f"{key}=value-{number}-{index}\n")
            template.append(f"# What {key} is for.\n# @type=string(minLength=1)\n{key}=value-{index}\n\n")
        services.append(f"  s{number:02}:\n    image: stackctl/tools:local\n    environment:\n{''.join(lines)}")
    (folder / "compose.yaml").write_text(f"services:\n{''.join(services)}")
    (folder / ".env").write_text("".join(env))
    (folder / ".env.template").write_text("".join(template))


def parse_growth(runs: int) -> Ratio:
    """Compare the time per megabyte of an env file of 10 MB with that of one of 1 MB: 1 is linear."""
    line = b"SOME_VARIABLE_%06d='a value that is \\'quoted\\' and long enough' # and a comment\n"
    times: dict[int, list[float]] = {1: [], 10: []}
    for _turn in range(runs):
        for megabytes, taken in times.items():
            count = megabytes * 1_000_000 // len(line % 0)
            data = b"".join(line % number for number in range(count))
            start = time.process_time()
            parse(data, "big.env")
            taken.append((time.process_time() - start) / megabytes)
    large, small = statistics.median(times[10]), statistics.median(times[1])
    return Ratio("parse an env file, time per MB: 10 MB / 1 MB", large, small, 1.5, runs)
