"""Copying volumes in a helper container: attributes and owners as they are, shared blocks where the disk knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.engine.helper import IMAGE, run_words
from stackctl.engine.values import PROJECT_LABEL
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

VOLUME_LABEL = "com.docker.compose.volume"
# `cp` copies nothing where the file system can share blocks; elsewhere it is a plain copy. What was there goes first.
_SCRIPT = "find /to -mindepth 1 -delete && cp -a --reflink=auto /from/. /to/ && sync"
_RIGHTS = ("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "MKNOD", "SETFCAP")


def need_tools(world: World) -> None:
    """Raise EngineError where the helper's image is not here."""
    if IMAGE not in world.engine.images([IMAGE]):
        raise EngineError(
            f"copying data needs the image {IMAGE}, which is not here",
            "build it: stackctl images --build",
            code="script",
        )


def make_volume(world: World, project: str, name: str, key: str) -> None:
    """Make an empty volume that Compose takes for the project's own; one that is there stays."""
    labels = ("--label", f"{PROJECT_LABEL}={project}", *(("--label", f"{VOLUME_LABEL}={key}") if key else ()))
    outcome = world.engine.run(("volume", "create", *labels, name))
    if outcome.code != 0:
        raise EngineError(f"the volume {name} cannot be made: {outcome.err.strip()}", "see: docker volume ls")


def copy_volume(world: World, project: str, source: str, target: str) -> None:
    """Make the content of one volume that of another. Raises EngineError; the target is then of no use.

    `project` stands on the helper: where we are killed it goes on, and whoever works on this project next ends it.
    """
    name = f"stackctl-copy-{world.entropy.take(4).hex()}"
    flags = ["--name", name, "--network", "none", "--user", "0:0", "--log-driver", "none"]
    flags += ["-v", f"{source}:/from:ro", "-v", f"{target}:/to"]
    flags += [word for right in _RIGHTS for word in ("--cap-add", right)]
    ended = False
    try:
        outcome = world.engine.run(run_words(project, ("-c", _SCRIPT), "sh", flags))
        ended = True
    finally:
        if not ended:  # the client ends at once, and what it started would go on
            world.engine.run(("rm", "--force", name))
    if outcome.code != 0:
        reason = (outcome.err.strip() or f"exit code {outcome.code}").splitlines()[-1]
        raise EngineError(f"the volume {source} cannot be copied: {reason}", "free space, or see: docker system df")
