"""`--bundle-on-failure FILE`: what a command leaves behind when it fails, for whoever reads the CI run afterwards."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.bundle import hidden_in, subject_of
from stackctl.errors import ConfigError, Finding, Interrupted, Misuse, Refused, StackctlError
from stackctl.ui.bytes import human_bytes

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.ui.envelope import Result

Function = Callable[..., Any]
NO_FAILURES = (Misuse, Interrupted)


def bundle_on_failure(command: str) -> Callable[[Function], Function]:
    """Add the flag to a command; it stands below `with_session`. The exit code stays that of the failure."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(session: Session, **flags: Any) -> Result:
            name = flags.pop("bundle_on_failure")
            if not name or flags.get("dry_run"):
                result: Result = function(session, **flags)
                return result
            path = Path(name)
            check_path(path)
            try:
                result = function(session, **flags)
            except NO_FAILURES:
                raise
            except StackctlError as error:
                error.findings = (*error.findings, write_bundle(session, command, path, error))
                raise
            if result.error is not None:
                result.error.findings = (*result.error.findings, write_bundle(session, command, path, result.error))
            return result

        return click.option(
            "--bundle-on-failure",
            type=click.Path(),
            default="",
            metavar="FILE",
            help="When it fails, write what `stackctl bundle` writes.",
        )(wrapper)

    return decorate


def check_path(path: Path) -> None:
    """Raise Refused, before anything is done, for a file that is there and is no bundle: that one is replaced."""
    if not path.exists():
        return
    from stackctl.bundle.read import read_bundle

    try:
        read_bundle(path)
    except ConfigError as error:
        raise Refused(f"{path} exists and is no bundle", "choose another name", code="exists") from error


def write_bundle(session: Session, command: str, path: Path, error: StackctlError) -> Finding:
    """Write the bundle and give the finding that says so. It never hides the failure itself, whatever happens."""
    from stackctl.bundle.make import make
    from stackctl.bundle.subject import Failure

    try:
        subject = subject_of(session, Failure(command, error))
        made = make(subject)
        subject.world.files.write(path, made.data)
    except StackctlError as wrong:
        return Finding("bundle-failed", "warning", str(path), f"no bundle was written: {wrong.message}", wrong.hint)
    except KeyboardInterrupt:
        return Finding("bundle-failed", "warning", str(path), "no bundle was written: interrupted")
    except Exception as wrong:
        return Finding("bundle-failed", "warning", str(path), f"no bundle was written: {type(wrong).__name__}: {wrong}")
    facts = f"{len(made.manifest.files)} files, {human_bytes(len(made.data))}, {hidden_in(made.manifest)} places hidden"
    return Finding(
        "bundle-written",
        "info",
        str(path),
        f"a bundle of this failure is in {path} ({facts})",
        "review it before you share it",
    )
