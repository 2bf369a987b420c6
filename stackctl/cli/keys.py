"""Finding the keys that open encrypted sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity


def keys_for(session: Session, world: World, given: Sequence[Path]) -> tuple[Identity, ...]:
    """Give the keys: those named, STACKCTL_IDENTITY, our own, the usual SSH keys. Raises ConfigError for a bad file."""
    from stackctl.secrets.identities import load_keyring

    paths = [(session.here / path).absolute() for path in given]
    return load_keyring(world.files, session.shell, session.mask, paths).identities
