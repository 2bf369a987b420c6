"""`stackctl secrets generate`, `set` and `remove`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.cli.secret_options import flags_of, named, read_input, title_of, up_line
from stackctl.errors import ConfigError, Finding, Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.secret_changes import Filled
    from stackctl.lifecycle.secret_values import Secrets


@click.command("generate")
@click.option(
    "--recipe", default="", metavar="HOW", help="How: hex(32), base64url(24), alnum(20); default: the template."
)
@change_options
@with_session(words="[NAME]...")
def generate(session: Session, recipe: str, lock_wait: float, dry_run: bool) -> Result:
    """Make new values: for the named secrets, or for every one that is missing.

    A service may have stored the present value in its volume: then it is asked first, because a new one locks out.

    \b
    Examples:
      stackctl secrets generate
      stackctl secrets generate redis_password
    """
    from stackctl.lifecycle.secret_changes import filled_volumes, new_values, to_generate, write_secret
    from stackctl.lifecycle.secret_values import secrets_of

    world = session.world()
    names = session.words
    target, _services = replace(session, words=()).target()
    with hold(session, world, target.project, "secrets generate", lock_wait):
        secrets = secrets_of(world, target)
        wanted = to_generate(secrets, names)
        if recipe:
            if not names:
                raise Misuse(
                    "--recipe needs the names that it is for", "write for example: secrets generate NAME --recipe …"
                )
            wanted = dict.fromkeys(wanted, recipe)
        values = new_values(world, wanted)
        filled, sure = filled_volumes(world, secrets, wanted)
        if dry_run:
            return _planned(session, secrets, "generate", list(wanted), filled)
        if not wanted:
            return Result(data=_data(secrets, [], []), lines=[f"{title_of(session, secrets)}: no secret is missing"])
        _ask(session, filled, sure=sure, replaced=[name for name in wanted if name in secrets.store.names()])
        derived = write_secret(world, secrets, values)
    return _changed(session, secrets, (list(wanted), derived), "made")


@click.command("set")
@click.option("--new", is_flag=True, help="Keep a secret that no template and no Compose file knows yet.")
@change_options
@with_session(words="NAME")
def set_secret(session: Session, new: bool, lock_wait: float, dry_run: bool) -> Result:
    """Set a secret: from standard input, or asked for without showing it.

    One line end at the end is dropped. A value is never taken from the command line: every user of the machine sees
    those. The value before stays: secrets show NAME --previous.

    \b
    Examples:
      stackctl secrets set redis_password
      pass show shop/mongo | stackctl secrets set mongo_root -e prod
    """
    from stackctl.lifecycle.secret_changes import filled_volumes, refuse_derived, write_secret
    from stackctl.lifecycle.secret_values import secrets_of

    if len(session.words) > 1:
        raise Misuse(
            "a value is never given on the command line: every user of the machine can see it there",
            f"change it if it was real; then: stackctl secrets set {session.words[0]}",
            code="value-in-argv",
        )
    world = session.world()
    target, (name,) = named(session, "secrets set mongo_root")
    secrets = secrets_of(world, target)
    if not new:
        secrets.check_name(name)
    refuse_derived(secrets, name)
    filled, _sure = filled_volumes(world, secrets, [name])
    if dry_run:
        return _planned(session, secrets, "set", [name], filled)
    value = _read_value(session, name)
    world.mask.add(value)
    with hold(session, world, target.project, "secrets set", lock_wait):
        if secrets.store.get(name) == value:
            return Result(
                data=_data(secrets, [], []), lines=[f"{title_of(session, secrets)}: {name} has this value already"]
            )
        derived = write_secret(world, secrets, {name: value})
    return _changed(session, secrets, ([name], derived), "set", [_held(session, item) for item in filled])


@click.command("remove")
@click.option("--forget", is_flag=True, help="Remove its past values too.")
@change_options
@with_session(words="NAME...")
def remove(session: Session, forget: bool, lock_wait: float, dry_run: bool) -> Result:
    """Remove secrets; asks first.

    The last value stays visible with `secrets show NAME --previous`, unless --forget. A sealed value stays sealed until
    `secrets seal --prune`.

    \b
    Examples:
      stackctl secrets remove old_token
      stackctl secrets remove old_token --forget --yes
    """
    from stackctl.lifecycle.secret_changes import filled_volumes
    from stackctl.lifecycle.secret_values import secrets_of
    from stackctl.workspace.names import unknown

    world = session.world()
    target, names = named(session, "secrets remove old_token", many=True)
    with hold(session, world, target.project, "secrets remove", lock_wait):
        secrets = secrets_of(world, target)
        there = sorted({*secrets.store.names(), *(secrets.store.past.names() if forget else ())})
        for name in names:
            if name not in there:
                raise unknown("secret", name, there)
        filled, _sure = filled_volumes(world, secrets, names)
        if dry_run:
            return _planned(session, secrets, "remove", names, filled)
        confirm(session, "secrets would be removed", _lost(secrets, names, filled), "remove them?")
        for name in names:
            secrets.store.remove(name, forget=forget)
    readers = [name for name in names if secrets.consumers(name) or name in secrets.declared]
    after = "" if forget else f"; the last value: stackctl secrets show {names[0]} --previous{flags_of(session)}"
    lines = [f"{title_of(session, secrets)}: {', '.join(names)} removed{session.style(after, DIM)}"]
    if readers:
        lines.append(session.style(f"the next start makes new values for what it needs: {', '.join(readers)}", DIM))
    return Result(data=_data(secrets, names, []), lines=lines)


def _read_value(session: Session, name: str) -> str:
    if session.output.interactive:
        session.progress.close()
        return str(click.prompt(f"value of {name}", hide_input=True, confirmation_prompt="the same again", err=True))
    if sys.stdin.isatty():
        raise Misuse(f"the value of {name} is expected on standard input", "pipe it in", code="no-input")
    data = read_input(f"the value of {name}")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ConfigError(
            f"the value for {name} is not UTF-8 text", "encode it, for example: base64 -w0 FILE | …"
        ) from None
    return text.removesuffix("\n").removesuffix("\r")


def _ask(session: Session, filled: Sequence[Filled], *, sure: bool, replaced: Sequence[str]) -> None:
    """Ask before a value is replaced that a volume knows, or may know."""
    if filled:
        sentence = "a volume was filled with the present value, and its service will not take a new one by itself"
        confirm(session, sentence, [str(item) for item in filled], "make new values all the same?")
    elif replaced and not sure:
        sentence = "the engine does not answer, so nobody knows which volumes hold data for the present values"
        confirm(session, sentence, replaced, "make new values all the same?")


def _held(session: Session, item: Filled) -> Finding:
    hint = f"change it inside {item.service} as well, or go back: stackctl secrets show {item.secret} --previous"
    return Finding("volume-holds-secret", "warning", item.secret, str(item), hint + flags_of(session))


def _lost(secrets: Secrets, names: Sequence[str], filled: Sequence[Filled]) -> list[str]:
    lines = []
    for name in names:
        readers = ", ".join(secrets.consumers(name))
        lines.append(f"{name} (read by {readers})" if readers else name)
    return lines + [str(item) for item in filled]


def _planned(session: Session, secrets: Secrets, verb: str, names: Sequence[str], filled: Sequence[Filled]) -> Result:
    lines = [title_of(session, secrets), *(f"  {n}. {verb} {name}" for n, name in enumerate(names, 1))]
    data = {**_data(secrets, names, []), "dry_run": True}
    return Result(data=data, lines=lines, findings=[_held(session, item) for item in filled])


def _changed(
    session: Session,
    secrets: Secrets,
    made: tuple[Sequence[str], Sequence[str]],
    verb: str,
    findings: Sequence[Finding] = (),
) -> Result:
    names, derived = made
    more = f", and {', '.join(derived)} made again from it" if derived else ""
    lines = [f"{title_of(session, secrets)}: {', '.join(names)} {verb}{more}"]
    readers = sorted({service for name in (*names, *derived) for service in secrets.consumers(name)})
    if readers:
        lines.append(session.style(f"{', '.join(readers)} will read it after: {up_line(session, secrets)}", DIM))
    for item in findings:
        lines.append(f"{item.message}; {item.hint}")
    return Result(data=_data(secrets, names, derived), lines=lines, findings=findings)


def _data(secrets: Secrets, names: Sequence[str], derived: Sequence[str]) -> Mapping[str, object]:
    services = sorted({service for name in (*names, *derived) for service in secrets.consumers(name)})
    return {
        "project": secrets.target.project,
        "dry_run": False,
        "secrets": list(names),
        "derived": list(derived),
        "services": services,
    }
