"""`stackctl secrets scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.cli.secret_options import target_of
from stackctl.errors import CheckFailed, Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.engine.git import Git
    from stackctl.lifecycle.secret_scan import Report, Scan


@click.command("scan")
@click.option("--staged", is_flag=True, help="Search only what is about to be committed.")
@click.option("--install-hook", is_flag=True, help="Search before every commit: write the pre-commit hook.")
@with_session(words="[ENV]")
def scan(session: Session, staged: bool, install_hook: bool) -> Result:
    """Look for secrets where they must not be.

    In tracked files, the merged configuration, what `docker inspect` tells of the containers, and the last 20,000
    lines of each log. First for every value that this workspace has or had, in all its environments, as it is,
    URL-encoded and in base64; then for what looks like a token or a password. Prints names, places and the beginning
    of a digest, never a value. Exit 9 when something is found.

    \b
    Examples:
      stackctl secrets scan
      stackctl secrets scan --staged
      stackctl secrets scan --install-hook
    """
    from stackctl.engine.git import GitCli, repository
    from stackctl.lifecycle.secret_knowledge import known_secrets
    from stackctl.lifecycle.secret_scan import new_scan, reports, scan_running, scan_staged, scan_tracked

    if staged and install_hook:
        raise Misuse("--staged and --install-hook exclude each other", "leave one out")
    world = session.world()
    place = session.place()
    git = GitCli(session.shell)
    if install_hook:
        return _install(session, git)
    target = target_of(session)
    found = new_scan(world, known_secrets(world, place, target))
    if staged:
        scan_staged(found, git, repository(git, place.root))
    else:
        scan_tracked(found, git, place.root)
        scan_running(world, found, target)
    told = reports(found.hits)
    findings = [report.finding() for report in told]
    wrong = [finding for finding in findings if finding.severity == "error"]
    data = {"staged": staged, "searched": found.searched, "hits": [_data(report) for report in told]}
    searched = _searched(found)
    if wrong:
        count = f"{len(wrong)} secret{'s' if len(wrong) > 1 else ''}"
        error = CheckFailed(f"{count} found in {searched}", wrong[0].hint, code="secrets-found", findings=findings)
        return Result(data=data, findings=[*findings, *found.findings], exit_code=9, error=error)
    values = session.style(f"({len(found.sought.known)} known values, and patterns)", DIM)
    lines = [f"no secret found in {searched} {values}"]
    return Result(data=data, lines=lines, findings=[*findings, *found.findings])


def _install(session: Session, git: Git) -> Result:
    from stackctl.engine.git import repository
    from stackctl.lifecycle.commit_hook import install_hook, plan_hook
    from stackctl.workspace.files import DiskFiles

    root = session.place().root
    files = DiskFiles()
    plan = plan_hook(git, files, repository(git, root), root)
    install_hook(plan, files)
    data = {"hook": str(plan.path), "installed": not plan.there, "kept": str(plan.move) if plan.move else None}
    if plan.there:
        return Result(data=data, lines=[f"{plan.path} is there already"])
    lines = [f"{session.style(str(plan.path), BOLD)} looks for secrets before every commit"]
    if plan.move:
        lines.append(f"the hook that was there is {plan.move.name} now, and runs first")
    return Result(data=data, lines=lines)


def _searched(found: Scan) -> str:
    words = {"files": "file", "configuration": "value", "containers": "value", "logs": "log"}
    texts = {"configuration": " of the configuration", "containers": " of containers"}
    parts = [
        f"{count} {words[kind]}{'' if count == 1 else 's'}{texts.get(kind, '')}"
        for kind, count in found.searched.items()
    ]
    return ", ".join(parts) or "nothing"


def _data(report: Report) -> dict[str, object]:
    hit = report.hit
    return {
        "name": hit.name,
        "kind": hit.kind,
        "place": hit.place,
        "digest": hit.digest,
        "project": hit.project or None,
        "count": report.count,
        "severity": report.finding().severity,
    }
