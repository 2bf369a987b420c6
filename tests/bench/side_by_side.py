"""`status` where more than one thing runs: beside a second instance, and over four stacks of one workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.bench.lab import STACKCTL, Lab, small_services
from tests.bench.measure import Ratio, compare, must

# As many services as the seed stacks have in dev.
STACKS = {"codegraph": 8, "nexus": 14, "starmap": 1, "vectora": 3}
INSTANCE = ("--instance", "second")


def four_stacks(lab: Lab, runs: int) -> list[Ratio]:
    """Measure `status` of the workspace, in which four stacks run, against Compose's answer for one of them."""
    for name, count in STACKS.items():
        _write_stack(lab, name, count)
        must((STACKCTL, "up", "dev", "-s", name), lab.folder, lab.env)
    return [
        compare(
            f"status, four stacks / docker compose ps of {name}",
            lab.stackctl("status"),
            lab.compose(lab.line("dev", "-s", name), "ps"),
            2.5,
            runs,
        )
        for name in ("nexus", "starmap")
    ]


def second_instance(lab: Lab, turns: int) -> Ratio:
    """Measure `status dev` while a second instance runs against the same without it: the best of each.

    Five per cent are less than what a busy machine adds to a run: the best run is the one that it disturbed least.
    """
    _write_stack(lab, "core", STACKS["nexus"])
    must((STACKCTL, "up", "dev"), lab.folder, lab.env)
    runs: list[bool] = []

    def second(wanted: bool) -> Callable[[], None]:
        def before() -> None:
            if runs[-1:] != [wanted]:
                must((STACKCTL, "up" if wanted else "down", "dev", *INSTANCE), lab.folder, lab.env)
            runs.append(wanted)

        return before

    status = lab.stackctl("status", "dev")
    return compare(
        "status dev, a second instance runs / it does not",
        replace(status, before=second(True)),
        replace(status, before=second(False)),
        1.05,
        turns,
        of=min,
    )


def _write_stack(lab: Lab, name: str, count: int) -> None:
    stack = lab.folder / "stacks" / name
    env = lab.folder / "env" / name
    for folder in (stack, env):
        folder.mkdir(parents=True)
    (stack / "base.yml").write_text(small_services(count))
    (stack / "dev.yml").write_text('services:\n  s00:\n    ports: ["127.0.0.1::8080"]\n')
    for layer in ("base", "dev"):
        (env / f"{layer}.env.template").write_text("")
