"""What the commands of `stackctl env` share: whom they work on, and how they say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.workspace.target import Target

ENV = "[ENV]"


def env_target(session: Session) -> Target:
    """Give the target; the one word that is allowed names the environment. Raises Misuse."""
    target, rest = session.target()
    if rest:
        known = session.environments()
        if known:
            raise unknown("environment", rest[0], known)
        raise Misuse(
            f"no environment is called “{rest[0]}”",
            "there is none here: leave the word out",
            code="unknown-environment",
        )
    return target


def apart(session: Session) -> tuple[Session, tuple[str, ...]]:
    """Give the session without words, and the words: they are no environment here, that one is said with `-e`."""
    return replace(session, words=()), session.words
