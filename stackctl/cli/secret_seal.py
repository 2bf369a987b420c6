"""`stackctl secrets seal`, `unseal` and `verify`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.cli.secret_options import flags_of, identity_option, keyring_of, target_of, title_of, up_line
from stackctl.errors import CheckFailed, ConfigError, Finding
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.sealed import Sealed
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.secrets.seal_plan import SealPlan, UnsealPlan
    from stackctl.secrets.sealed_file import Key


@click.command("seal")
@click.option("--replace", is_flag=True, help="Where a value differs here and in the file, seal the one here.")
@click.option("--prune", is_flag=True, help="Drop sealed values that are not here.")
@identity_option
@change_options
@with_session(words="[ENV]")
def seal(
    session: Session, replace: bool, prune: bool, identities: tuple[str, ...], lock_wait: float, dry_run: bool
) -> Result:
    """Seal the secrets into a file that can be committed: env/STACK/ENV.secrets.age.

    Every secret, and every value of the env file that a template calls @sensitive, for all recipients. A value that did
    not change keeps its sealed text. What a teammate changed in the file is never overwritten by an older value here.

    \b
    Examples:
      stackctl secrets seal
      stackctl secrets seal prod --dry-run
    """
    from stackctl.lifecycle.sealed import look_at_sealed, not_sealed, write_sealed
    from stackctl.lifecycle.secret_values import secrets_of
    from stackctl.secrets.seal_plan import SealWish, plan_seal

    world = session.world()
    target = target_of(session)
    with hold(session, world, target.project, "secrets seal", lock_wait):
        secrets = secrets_of(world, target, model=False)
        sealed = look_at_sealed(world, secrets, keyring_of(session, world, identities).identities)
        if not sealed.recipients.keys:
            raise ConfigError(
                f"{sealed.place.shown(sealed.place.recipients)} names nobody who could open the sealed values",
                f"yourself first: stackctl secrets identity | stackctl secrets recipients add -{flags_of(session)}",
                code="no-recipients",
            )
        plan = plan_seal(sealed.sides, SealWish(sealed.recipients.digest, replace, prune), sealed.source)
        if not dry_run:
            write_sealed(world, secrets, sealed, plan)
    findings = [*not_sealed(sealed), *_newer(session, sealed, plan)]
    return Result(_seal_data(sealed, plan, dry_run), _seal_lines(session, secrets, sealed, plan, dry_run), findings)


@click.command("unseal")
@click.option("--replace", is_flag=True, help="Where a value differs here and in the file, take the one of the file.")
@identity_option
@change_options
@with_session(words="[ENV]")
def unseal(session: Session, replace: bool, identities: tuple[str, ...], lock_wait: float, dry_run: bool) -> Result:
    """Read the sealed secrets into this machine, after a clone or a pull.

    Everything is opened and checked before the first value is written. Keys: -i, STACKCTL_IDENTITY, or else
    $STACKCTL_HOME/identity and ~/.ssh/id_ed25519, id_rsa.

    \b
    Examples:
      stackctl secrets unseal
      stackctl secrets unseal prod -i ~/keys/prod.txt
    """
    from stackctl.lifecycle.sealed import look_at_sealed, write_unsealed
    from stackctl.lifecycle.secret_values import secrets_of
    from stackctl.secrets.identities import no_identity
    from stackctl.secrets.seal_plan import plan_unseal

    world = session.world()
    target = target_of(session)
    with hold(session, world, target.project, "secrets unseal", lock_wait):
        secrets = secrets_of(world, target, model=False)
        keyring = keyring_of(session, world, identities)
        sealed = look_at_sealed(world, secrets, keyring.identities)
        if not sealed.there:
            raise ConfigError(
                f"there are no sealed values for {target.title}: {sealed.source} does not exist",
                "somebody who has the secrets makes it: stackctl secrets seal",
                code="nothing-sealed",
            )
        if not keyring.identities:
            raise no_identity(keyring, session.shell)
        plan = plan_unseal(sealed.sides, sealed.source, take_all=replace)
        derived = [] if dry_run else write_unsealed(world, secrets, sealed, plan)
    data = {
        "project": target.project,
        "file": sealed.source,
        "dry_run": dry_run,
        "added": _names(plan.added),
        "replaced": _names(plan.replaced),
        "same": _names(plan.same),
        "newer_here": _names(plan.newer_here),
        "derived": derived,
    }
    return Result(data=data, lines=_unseal_lines(session, secrets, plan, dry_run))


@click.command("verify")
@identity_option
@with_session(words="[ENV]")
def verify(session: Session, identities: tuple[str, ...]) -> Result:
    """Check the sealed file: whole, complete, for the right people, and as new as the values here. Changes nothing.

    With a key every value is opened; without one (in CI) everything else is checked. Exit 9 when something is wrong.

    \b
    Examples:
      stackctl secrets verify
      stackctl secrets verify prod --json
    """
    from stackctl.lifecycle.sealed import look_at_sealed
    from stackctl.lifecycle.sealed_check import check_sealed
    from stackctl.lifecycle.secret_values import secrets_of

    world = session.world()
    secrets = secrets_of(world, target_of(session), model=False)
    keyring = keyring_of(session, world, identities)
    try:
        sealed = look_at_sealed(world, secrets, keyring.identities)
    except ConfigError as error:
        if error.code not in ("sealed-damaged", "recipient-invalid"):
            raise
        raise CheckFailed(error.message, error.hint, code=error.code) from error
    findings = check_sealed(secrets, sealed)
    wrong = [finding for finding in findings if finding.severity == "error"]
    data = {
        "project": secrets.target.project,
        "file": sealed.source,
        "recipients": len(sealed.recipients.keys),
        "values": len(sealed.sides.blocks),
        "opened": sum(item.state == "open" for item in sealed.sides.opened.values()),
    }
    if wrong:
        failed = CheckFailed(
            f"{sealed.source}: {len(wrong)} of its values are not as they should be",
            wrong[0].hint,
            code=wrong[0].code,
            findings=findings,
        )
        return Result(data=data, findings=findings, exit_code=9, error=failed)
    how = f"{data['opened']} opened" if keyring.identities else "not opened, there is no key here"
    line = f"{title_of(session, secrets)}: {sealed.source} is whole, {data['values']} values ({how})"
    return Result(data=data, lines=[line], findings=findings)


def _seal_lines(session: Session, secrets: Secrets, sealed: Sealed, plan: SealPlan, dry_run: bool) -> list[str]:
    title = title_of(session, secrets)
    if plan.empty:
        return [f"{title}: {sealed.source} is up to date, {len(plan.keep)} values for {_people(sealed)}"]
    lines = [
        f"{title}: {len(plan.keep) + len(plan.fresh)} values {'would be ' if dry_run else ''}sealed for "
        f"{_people(sealed)} in {sealed.source}"
    ]
    words = (
        ("added", "new"),
        ("changed", "changed"),
        ("resealed", "sealed again, the recipients changed"),
        ("dropped", "dropped"),
    )
    for act, word in words:
        keys = plan.of(act)  # type: ignore[arg-type]
        lines += [f"  {word}: {', '.join(_names(keys))}"] if keys else []
    lines.append(session.style(f"commit it with {sealed.place.shown(sealed.place.recipients)}", DIM))
    return lines


def _unseal_lines(session: Session, secrets: Secrets, plan: UnsealPlan, dry_run: bool) -> list[str]:
    title = title_of(session, secrets)
    lines = []
    if plan.newer_here:
        names = ", ".join(_names(plan.newer_here))
        hint = session.style(f"(share it: stackctl secrets seal{flags_of(session)})", DIM)
        lines.append(f"  changed here, not sealed yet: {names} {hint}")
    if not plan.write:
        return [f"{title}: everything that is sealed is here", *lines]
    count = f"{len(plan.write)} value{'' if len(plan.write) == 1 else 's'}"
    head = f"{title}: {count} {'would be ' if dry_run else ''}unsealed"
    for word, keys in (("new", plan.added), ("changed", plan.replaced)):
        lines += [f"  {word}: {', '.join(_names(keys))}"] if keys else []
    return [head, *lines, session.style(f"next: {up_line(session, secrets)}", DIM)]


def _newer(session: Session, sealed: Sealed, plan: SealPlan) -> list[Finding]:
    newer = [*plan.related("changed-there"), *(key for key in plan.related("only-sealed") if key in plan.keep)]
    hint = f"take them: stackctl secrets unseal{flags_of(session)}"
    return [
        Finding("sealed-newer", "warning", key.name, f"{sealed.source} has a newer {key}; it stays as it is", hint)
        for key in newer
    ]


def _seal_data(sealed: Sealed, plan: SealPlan, dry_run: bool) -> dict[str, object]:
    return {
        "file": sealed.source,
        "recipients": len(sealed.recipients.keys),
        "dry_run": dry_run,
        "added": _names(plan.of("added")),
        "changed": _names(plan.of("changed")),
        "resealed": _names(plan.of("resealed")),
        "kept": _names(plan.of("kept")),
        "dropped": _names(plan.of("dropped")),
    }


def _names(keys: Sequence[Key]) -> list[str]:
    return [key.name for key in keys]


def _people(sealed: Sealed) -> str:
    count = len(sealed.recipients.keys)
    return f"{count} recipient{'' if count == 1 else 's'}"
