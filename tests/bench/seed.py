"""The dev stack of Nexus as it is: 14 services, its stores real, its applications stood in for."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.bench.lab import STACKCTL, Lab
from tests.bench.measure import Ratio, Run, compare, must

ROOT = Path(__file__).parents[2]
# What a careful person writes who wants a quick start: the probe as it is, asked four times a second until it is well.
TUNED = {"start_period": "90s", "start_interval": "250ms"}


def nexus_dev(lab: Lab, runs: int) -> Ratio:
    """Measure `up dev` after a `down` against Compose, to which the same files with hand-tuned probes are given."""
    for part in ("stacks", "env"):
        shutil.copytree(ROOT / part / "nexus", lab.folder / part / "nexus", ignore=shutil.ignore_patterns("*.env"))
    up = (STACKCTL, "up", "dev", "--images", "local")
    must((*up, "--auto-ports"), lab.folder, lab.env)
    line = lab.line("dev")
    asked = subprocess.run((*line, "config", "--format", "json"), capture_output=True, text=True, check=True)
    services = json.loads(asked.stdout)["services"]
    tuned = lab.folder / "tuned.json"
    probed = {name: {"healthcheck": TUNED} for name, service in services.items() if "healthcheck" in service}
    tuned.write_text(json.dumps({"services": probed}))

    def down() -> None:
        must((*line, "down", "--timeout", "5"), lab.folder, lab.env)

    theirs = Run((*line, "-f", str(tuned), "up", "-d", "--wait"), lab.folder, lab.env, down)
    name = "up dev, Nexus / docker compose up -d, hand-tuned probes"
    # The best of each: ten applications start at once on two processors, and every other load is multiplied.
    return compare(name, Run(up, lab.folder, lab.env, down), theirs, 1.15, runs, of=min)
