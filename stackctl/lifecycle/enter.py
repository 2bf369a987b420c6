"""The way into a service for people: its own shell, a helper beside it, its own client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.engine.helper import IMAGE, run_words
from stackctl.errors import EngineError, Misuse, NotReady
from stackctl.lifecycle.secrecy import learn_container, learn_target
from stackctl.services.registry import driver_for
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

# The better shell where it is there: bash completes and remembers.
SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash; exec sh")
NO_PROGRAM = (126, 127)


@dataclass(frozen=True)
class Entry:
    """What to run: words after `docker`, and what the user has to know about it."""

    words: tuple[str, ...]
    said: str = ""


def container_of(world: World, target: Target, service: str) -> Container:
    """Give the running container of a service, the first of several; what it must not tell is learned.

    Raises Misuse for a service that has no container here, NotReady where none of them runs.
    """
    containers = world.engine.containers(target.project)
    found = [item for item in containers if item.service == service]
    if not containers:
        raise NotReady(
            f"{target.title} does not run", f"start it: stackctl up {target.env.value}".rstrip(), code="not-running"
        )
    if not found:
        raise unknown("service", service, sorted({item.service for item in containers}))
    running = next((item for item in found if item.state == "running"), None)
    if running is None:
        raise NotReady(
            f"{service} does not run: it is {found[0].state}",
            f"see: stackctl why {target.env.value} {service}",
            code="not-running",
        )
    learn_target(world, target)
    learn_container(world, running)
    return running


def shell_entry(world: World, container: Container, words: Sequence[str], *, terminal: bool) -> Entry:
    """Give the way to a shell, or to a command, in a service; a helper's where the image has no shell.

    Raises EngineError where the engine refuses both, or has no image for a helper.
    """
    flags = ("-it",) if terminal else ("-i",)
    tried = world.engine.run(("exec", container.id, "sh", "-c", ":"))
    if tried.code == 0:
        return Entry(("exec", *flags, container.id, *(words or SHELL)))
    if tried.code not in NO_PROGRAM:
        raise EngineError(
            f"{container.service} lets nobody in: {tried.err.strip()}", "see: stackctl status", code="no-entry"
        )
    need_helper_image(world)
    said = (
        f"{container.service} has no shell: this is a helper in its network, among its processes;"
        " its files are under /proc/1/root"
    )
    first, *rest = words or ("bash",)
    among = ("--pid", f"container:{container.id}", *_network(container), *_RIGHTS, *flags)
    return Entry(run_words("shell", rest, first, among), said)


# Reading another user's /proc/PID/root is tracing, to the kernel; and its files have any owner.
_RIGHTS = ("--cap-add", "SYS_PTRACE", "--cap-add", "DAC_READ_SEARCH")


def _network(container: Container) -> tuple[str, str]:
    # By name: it still fits when the container has been replaced meanwhile.
    return ("--network", f"container:{container.name}")


def relay_words(container: Container, program: Sequence[str]) -> tuple[str, ...]:
    """Give the words for a helper whose streams are a connection into the container's network."""
    return run_words("forward", program[1:], program[0], ("-i", "--log-driver", "none", *_network(container)))


def need_helper_image(world: World) -> None:
    """Raise EngineError where the helper's image is not here."""
    if IMAGE not in world.engine.images([IMAGE]):
        raise EngineError(
            f"the helper needs the image {IMAGE}", "build it: stackctl images --build tools", code="image-not-found"
        )


def client_entry(container: Container, words: Sequence[str], *, terminal: bool) -> Entry:
    """Give the way to the store's own client, logged in. Raises Misuse for a service that has none."""
    client = driver_for(container.image, container.labels).client
    if client is None:
        raise Misuse(
            f"no client is known for {container.service}",
            f"a shell in it: stackctl shell {container.service}",
            code="no-client",
        )
    flags = ("-it",) if terminal else ("-i",)
    return Entry(("exec", *flags, container.id, *client.words, *(words or client.alone)))
