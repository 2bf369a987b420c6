"""`stackctl secrets identity` and `secrets recipients`: who can open what is sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.options import change_options, with_session
from stackctl.cli.secret_options import flags_of, read_input
from stackctl.errors import ConfigError, Finding, Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM
from stackctl.ui.table import table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.secrets.places import SealedPlace
    from stackctl.secrets.recipients import Recipient, RecipientsFile


@click.command("identity")
@with_session(words="", target=False)
def identity(session: Session) -> Result:
    """Print your public key; the first call makes the pair.

    The secret key stays in $STACKCTL_HOME/identity. Give the public one to somebody who can open the sealed values. You
    need no key of your own where you have an SSH key (ed25519 or RSA, without a passphrase): give its public half.

    \b
    Examples:
      stackctl secrets identity
      stackctl secrets identity | stackctl secrets recipients add - --name Anna
    """
    from stackctl.secrets.identities import make_identity, own_identity
    from stackctl.workspace.events import note

    world = session.world()
    public, made = make_identity(world.files, session.shell, world.mask)
    path = str(own_identity(session.shell))
    if made:
        session.progress(note(f"made a key pair; keep a copy of the secret key: {path}"))
    return Result(data={"recipient": public, "file": path, "made": made}, lines=[public])


@click.group("recipients", context_settings={"help_option_names": ["-h", "--help"]})
def recipients() -> None:
    """Say who can open the sealed values.

    The list is a committed file of public keys, env/STACK/recipients. An environment with a list of its own
    (env/STACK/ENV.recipients, --only) does not use the shared one.
    """


def _only_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--only", is_flag=True, help="For this environment alone: ENV.recipients.")(function)


@recipients.command("add")
@click.option("--name", default="", help="Whose key it is; it stands above the key in the file.")
@_only_option
@change_options
@with_session(words="KEY...")
def add(session: Session, name: str, only: bool, lock_wait: float, dry_run: bool) -> Result:
    """Add public keys: age1…, an SSH key, a file with such keys, or - for standard input.

    \b
    Examples:
      stackctl secrets recipients add age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --name Anna
      stackctl secrets recipients add ~/.ssh/id_ed25519.pub
      stackctl secrets recipients add --only -e prod ben.pub
    """
    world, place, words = _begin(session)
    given = [item for text in _keys(words) for item in _parsed(text)]
    if not given:
        raise Misuse("a public key is needed", "yours is shown by: stackctl secrets identity")
    with _locked(session, world, lock_wait):
        path = place.own if only else place.recipients
        before = _read(world, place, path)
        after, fresh = before, []
        for item in given:
            if not after.find(item.key):
                after = after.add(item.key, name or item.name)
                fresh.append(item)
        if fresh and not dry_run:
            world.files.write(path, after.text.encode(), 0o644)
    shown = place.shown(path)
    if not fresh:
        return Result(
            data=_data(place, path, before, dry_run), lines=[f"{shown}: nothing new, the key is there already"]
        )
    count = f"{len(fresh)} key{'s' if len(fresh) > 1 else ''}"
    lines = [f"{session.style(shown, BOLD)}: {count} {'would be ' if dry_run else ''}added; {_count(after)} can open"]
    lines.append(session.style(_next(session, place), DIM))
    return Result(data=_data(place, path, after, dry_run), lines=lines)


@recipients.command("remove")
@_only_option
@change_options
@with_session(words="KEY|NAME...")
def remove(session: Session, only: bool, lock_wait: float, dry_run: bool) -> Result:
    """Remove people, by key or by name.

    Nobody can be made to forget: copies that were sealed before, in git's history too, stay readable for them. So
    change the values as well: `secrets generate`, then `secrets seal`.

    \b
    Examples:
      stackctl secrets recipients remove Ben
      stackctl secrets recipients remove ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA…
    """
    from stackctl.workspace.names import unknown

    world, place, words = _begin(session)
    wanted = [" ".join(words)] if words and words[0].startswith("ssh-") else list(words)
    if not wanted:
        raise Misuse("a key or a name is needed", "see: stackctl secrets recipients list")
    with _locked(session, world, lock_wait):
        path = place.own if only else place.recipients
        before = _read(world, place, path)
        gone: list[Recipient] = []
        for word in wanted:
            found = before.find(word)
            if not found:
                raise unknown("recipient", word, [item.name or item.key for item in before.recipients])
            gone += found
        after = before.remove(gone)
        if not dry_run:
            world.files.write(path, after.text.encode(), 0o644)
    shown = place.shown(path)
    who = ", ".join(item.name or item.key for item in gone)
    lines = [f"{session.style(shown, BOLD)}: {who} {'would be ' if dry_run else ''}removed; {_count(after)} can open"]
    finding = _still_readable(session, place, who)
    lines += [finding.message, session.style(f"→ {finding.hint}", DIM)]
    return Result(data=_data(place, path, after, dry_run), lines=lines, findings=[finding])


@recipients.command("list")
@with_session(words="[ENV]")
def list_recipients(session: Session) -> Result:
    """List who can open the sealed values of an environment.

    \b
    Examples:
      stackctl secrets recipients list
      stackctl secrets recipients list prod --json
    """
    from stackctl.cli.secret_options import target_of
    from stackctl.secrets.places import sealed_place

    world = session.world()
    place = sealed_place(target_of(session))
    found = _read(world, place, place.recipients)
    lines = table(("name", "key"), [[item.name, item.key] for item in found.recipients], session.style)
    hint = f"nobody yet: stackctl secrets recipients add KEY{flags_of(session)}"
    return Result(data=_data(place, place.recipients, found, False), lines=lines or [hint])


def _begin(session: Session) -> tuple[World, SealedPlace, tuple[str, ...]]:
    from stackctl.secrets.places import sealed_place

    target, _services = replace(session, words=()).target()
    return session.world(), sealed_place(target), session.words


def _keys(words: tuple[str, ...]) -> list[str]:
    """Give the texts with keys in them: an SSH key may come as three words, a word may be a file or `-`."""
    if words and words[0].startswith("ssh-"):
        return [" ".join(words)]
    texts = []
    for word in words:
        path = Path(word).expanduser()
        if word == "-":
            texts.append(read_input("a public key").decode("utf-8", "replace"))
        elif not word.startswith("age1") and path.is_file():
            texts.append(path.read_text("utf-8", "replace"))
        else:
            texts.append(word)
    return texts


def _parsed(text: str) -> tuple[Recipient, ...]:
    from stackctl.secrets.recipients import read_recipients

    try:
        return read_recipients(text, "line").recipients
    except ConfigError as error:  # the same words as for the file; here they stand on the command line
        raise Misuse(error.message.removeprefix("line:1: "), error.hint, code=error.code) from error


def _locked(session: Session, world: World, wait: float) -> Any:
    from stackctl.workspace.events import note
    from stackctl.workspace.home import home
    from stackctl.workspace.lock import locked

    path = home(session.shell) / "recipients.lock"
    return locked(path, "secrets recipients", wait, world.clock, lambda text: session.progress(note(text)))


def _read(world: World, place: SealedPlace, path: Path) -> RecipientsFile:
    from stackctl.secrets.recipients import read_recipients

    return read_recipients((world.files.read(path) or b"").decode("utf-8", "replace"), place.shown(path))


def _next(session: Session, place: SealedPlace) -> str:
    seal = f"stackctl secrets seal{flags_of(session)}"
    return f"then commit: {seal}" if place.sealed.is_file() else f"share the values: {seal}"


def _still_readable(session: Session, place: SealedPlace, who: str) -> Finding:
    flags = flags_of(session)
    message = f"{who} can still read every copy that was sealed before, in git's history too"
    hint = f"change the values (stackctl secrets generate NAME{flags}), then: stackctl secrets seal{flags}"
    return Finding("still-readable", "warning", place.shown(place.recipients), message, hint)


def _count(file: RecipientsFile) -> str:
    return f"{len(file.keys)} key{'' if len(file.keys) == 1 else 's'}"


def _data(place: SealedPlace, path: Path, file: RecipientsFile, dry_run: bool) -> dict[str, object]:
    people = [{"name": item.name or None, "key": item.key} for item in file.recipients]
    return {"file": place.shown(path), "dry_run": dry_run, "recipients": people}
