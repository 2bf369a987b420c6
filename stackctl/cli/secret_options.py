"""What the commands about secrets share: their words, their target, the keys that open sealed values."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.errors import Misuse

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.lifecycle.world import World
    from stackctl.secrets.identities import Keyring
    from stackctl.workspace.target import Target

MOST_BYTES = 500_000  # what Swarm takes for a secret; more is a file that somebody piped by mistake


def identity_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-i FILE`."""
    text = "Open with this key: an age identity file or an SSH private key; - reads one from standard input."
    return click.option("-i", "--identity", "identities", multiple=True, type=click.Path(), help=text)(function)


def target_of(session: Session) -> Target:
    """Give the target where the only word may be the environment. Raises Misuse for any other word."""
    target, more = session.target()
    if more:
        from stackctl.workspace.names import unknown

        raise unknown("environment", more[0], session.environments())
    return target


def named(session: Session, example: str, *, many: bool = False) -> tuple[Target, tuple[str, ...]]:
    """Give the target (`-e` alone names its environment) and the names. Raises Misuse for too few or too many names."""
    names = session.words
    if not names or (len(names) > 1 and not many):
        raise Misuse(f"{'a' if many else 'one'} name of a secret is needed", f"write for example: stackctl {example}")
    target, _services = replace(session, words=()).target()
    return target, names


def keyring_of(session: Session, world: World, identities: tuple[str, ...]) -> Keyring:
    """Load the keys that open sealed values. Raises ConfigError where a named one is unusable."""
    from stackctl.secrets.identities import load_keyring

    piped = read_input("an identity") if "-" in identities else b""
    paths = [Path(name).expanduser() for name in identities if name != "-"]
    return load_keyring(world.files, session.shell, world.mask, paths, piped)


def read_input(what: str) -> bytes:
    """Read standard input to its end. Raises Misuse where it is closed, empty or too large."""
    try:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    except (OSError, AttributeError, ValueError):
        data = b""
    if not data:
        raise Misuse(f"{what} is expected on standard input, and nothing came", "pipe it in", code="no-input")
    if len(data) > MOST_BYTES:
        raise Misuse(
            f"more than {MOST_BYTES} bytes came on standard input", f"that is no {what.rsplit(maxsplit=1)[-1]}"
        )
    return data


def title_of(session: Session, secrets: Secrets) -> str:
    """Give the opening words of a result: `core · dev`."""
    from stackctl.ui.style import BOLD

    return session.style(secrets.target.title, BOLD)


def flags_of(session: Session) -> str:
    """Give the flags that lead to the same target again, for a command in a hint: ` -e prod`, or nothing."""
    wish = session.wish
    flags = (("-s", wish.stack), ("-e", wish.env), ("--instance", wish.instance), ("-p", wish.project))
    return "".join(f" {flag} {value}" for flag, value in flags if value)


def up_line(session: Session, secrets: Secrets) -> str:
    """Give the command that applies changed secrets."""
    wish = session.wish
    flags = (("-s", wish.stack), ("--instance", wish.instance), ("-p", wish.project))
    words = ["stackctl up", secrets.target.env.value, *(f"{flag} {value}" for flag, value in flags if value)]
    return " ".join(word for word in words if word)
