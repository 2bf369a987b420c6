"""`stackctl why`."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import StartError
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.health.evidence import Evidence
    from stackctl.health.verdict import Fix, Verdict


@click.command("why")
@click.option(
    "--bundle",
    "bundle_file",
    type=click.Path(),
    default="",
    metavar="FILE",
    help="Judge this file instead of what is here; needs no Docker.",
)
@click.option("--evidence", "show_evidence", is_flag=True, help="With --json: also what the answer was made of.")
@with_session(words="[ENV] [SERVICE]...")
def command(session: Session, bundle_file: str, show_evidence: bool) -> Result:
    """Say why something does not stand: the first cause, the proof, one fix.

    Looks at containers, health checks, logs, images, ports and files, and names the first cause in the dependency
    graph, never its victims. Works on a stack that plain Compose started, too. Exit 0 when all stands, 5 with a
    verdict.

    \b
    Examples:
      stackctl why
      stackctl why dev core
      stackctl why prod --json | jq .data.verdict.code
      stackctl why --bundle trouble.tar.zst
    """
    if bundle_file:
        return _from_bundle(session, Path(bundle_file), show_evidence=show_evidence)
    from stackctl.lifecycle.explain import Known, evidence_of, judged

    world = session.world()
    target, services = session.target()
    known = Known(services=services, named=bool(services))
    evidence = evidence_of(world, target, known)
    return _answer(session, evidence, judged(evidence, known), show_evidence=show_evidence)


def _from_bundle(session: Session, path: Path, *, show_evidence: bool) -> Result:
    """Answer from a file: neither Docker nor a project is needed."""
    from stackctl.bundle.judge import evidence_in, judge_again
    from stackctl.bundle.read import read_bundle
    from stackctl.health.stored import encode

    bundle = read_bundle(path)
    manifest = bundle.manifest
    lines = [session.style(f"{manifest.project or path}, as it was at {manifest.made:%Y-%m-%d %H:%M:%S} UTC", DIM)]
    if manifest.failure:
        failed = f"stackctl {manifest.command} ended with {manifest.failure.exit_code}: {manifest.failure.message}"
        lines.append(session.style(failed, DIM))
    evidence = evidence_in(bundle)
    words = session.words
    # The environment may be named as if it were here: a bundle has only one.
    services = words[1:] if words[:1] == (manifest.environment,) and words[0] not in evidence.services else words
    result = _answer(session, evidence, judge_again(evidence, services), show_evidence=show_evidence)
    about = {"made": manifest.made.isoformat(), "by": manifest.by, "failure": encode(manifest.failure)}
    return replace(result, data={**result.data, "bundle": about}, lines=[*lines, *result.lines])


def _answer(session: Session, evidence: Evidence, found: list[Verdict], *, show_evidence: bool) -> Result:
    """Give what was found, the same from what is here and from a bundle."""
    from stackctl.health.silence import quiet_line

    data: dict[str, object] = {
        "project": evidence.project,
        "verdict": found[0].as_dict() if found else None,
        "verdicts": [item.as_dict() for item in found],
        "note": "" if found else quiet_line(evidence),
    }
    if show_evidence:
        data["evidence"] = evidence.as_dict()
    if not found:
        return Result(data=data, lines=[f"{session.style(evidence.project, BOLD)}: {data['note']}"])
    error = None
    if session.output.json:
        error = StartError(found[0].cause, found[0].fix.text, code=found[0].code)
    return Result(data=data, lines=verdict_lines(session, found), exit_code=5, error=error)


def verdict_lines(session: Session, found: list[Verdict]) -> list[str]:
    """Give verdicts as text: the sentence, the proof, the fix, what else fails because of it."""
    style = session.style
    lines: list[str] = []
    for verdict in found:
        lines += [""] if lines else []
        unsure = "" if verdict.confidence == "high" else f", confidence {verdict.confidence}"
        lines.append(f"{style('✗', BAD)} {style(verdict.cause, BOLD)} {style(f'({verdict.code}{unsure})', DIM)}")
        for proof in verdict.evidence:
            at = f" {proof.at:%H:%M:%S}" if proof.at else ""
            lines.append(f"  {style(f'{proof.source}{at}:', DIM)} {proof.text}")
        lines += _fix_lines(session, verdict.fix)
        if verdict.because_of_it:
            lines.append(f"  because of it: {', '.join(verdict.because_of_it)}")
    return lines


def _fix_lines(session: Session, fix: Fix) -> list[str]:
    place = f" ({fix.file}{f':{fix.line}' if fix.line else ''})" if fix.file else ""
    lines = [f"{session.style('→', DIM)} {fix.text}{place}"] if fix.text else []
    if fix.command and fix.command not in fix.text:
        lines.append(f"  $ {fix.command if ' ' in fix.command else shlex.quote(fix.command)}")
    return lines
