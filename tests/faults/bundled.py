"""The same answer from a bundle: of the evidence alone for every stack, by the command line itself for a few."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from stackctl.bundle.gather import Gathered, Raw
from stackctl.bundle.judge import evidence_in, judge_again
from stackctl.bundle.make import made_of
from stackctl.bundle.parts import EVIDENCE
from stackctl.bundle.read import bundle_of
from stackctl.bundle.scrub import Scrubber
from stackctl.bundle.subject import Subject
from stackctl.mask import Mask
from stackctl.workspace.clock import SystemClock
from tests.faults.run import Env, said, why

# One of each kind: a crash, a refused password, a port, a file that is missing, a variable, a probe, and a healthy one.
THROUGH_THE_COMMAND_LINE = frozenset(
    ("crash", "redis-auth", "port-taken", "bind-missing", "variable-required", "probe-404", "three-hops")
)


def judged_from_a_bundle(evidence: Any) -> list[dict[str, Any]]:
    """Scrub, pack, read and judge the evidence that `why` has used: no engine is asked again."""
    world: Any = SimpleNamespace(clock=SystemClock())
    raw = Gathered((Raw(EVIDENCE, "", evidence),), (), ())
    made = made_of(Subject(world, None, None), raw, lambda: Scrubber(Mask()))
    assert not made.manifest.missing, made.manifest.missing
    return [verdict.as_dict() for verdict in judge_again(evidence_in(bundle_of(made.data)))]


def why_and_bundle(folder: Path, env: Env) -> Any:
    """Give the envelope of `why`, and as `bundled` that of `why --bundle` without Docker and without a project."""
    answer = why(folder, env)
    path = folder.parent / "trouble.tar.zst"
    made = said(folder, env, "bundle", "-o", str(path))
    assert made["exit_code"] == 0, made
    assert path.stat().st_mode & 0o077 == 0
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    alone = {"PATH": "/nonexistent", "HOME": str(elsewhere), "PYTHONPATH": env.get("PYTHONPATH", "")}
    answer["bundled"] = said(elsewhere, alone, "why", "--bundle", str(path))
    return answer
