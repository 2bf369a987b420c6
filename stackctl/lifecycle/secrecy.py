"""Teach the mask what must stay hidden, before anything of a target is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.mask import is_sensitive, secrets_in_words, uri_passwords
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.target import Target

_USER = re.compile(r"(?i)(?:^|_)(?:USER(?:NAME)?|LOGIN)$")
_ASSIGNMENT = re.compile(r"^[ \t]*+(?:export[ \t]++)?([\w.-]++)[ \t]*+[=:](.*)$", re.MULTILINE)


def learn_target(world: World, target: Target) -> None:
    """Learn the stored secrets and the sensitive variables of the env files and the shell.

    Read loosely on purpose: a file that Compose rejects is the one whose lines it echoes.
    """
    # A folder is often called what a lazy password is: paths must stay readable.
    world.mask.protect(target.project, target.stack, target.env.value, *target.root.parts, *target.directory.parts)
    folder = secrets_dir(world.shell, target.project)
    for name in world.files.names(folder):
        _learn_file(world, folder / name)
    for path in (*target.env_files, target.directory / ".env"):
        world.mask.add(*(value for key, value in loose_values(world, path) if is_sensitive(key)))
    world.mask.add(*(value for key, value in world.shell.items() if is_sensitive(key)))


def loose_values(world: World, path: Path) -> Iterator[tuple[str, str]]:
    """Give name and value of what looks like an assignment in an env file, also where it does not parse.

    A value in quotes comes with and without them.
    """
    data = world.files.read(path) if path.is_file() else None
    for key, value in _ASSIGNMENT.findall((data or b"").decode("utf-8", "replace")):
        whole = value.strip()
        yield from ((key, text) for text in dict.fromkeys((whole.strip("\"'"), whole)))


def learn_stack(world: World, stack: Stack) -> None:
    """Learn what the merged model holds: secret files, sensitive variables; and which words must stay readable."""
    world.mask.protect(*words_of(stack))
    for service in stack.services.values():
        world.mask.add(*(str(value) for key, value in service.environment.items() if value and is_sensitive(key)))
        world.mask.add(*(found for value in service.environment.values() for found in uri_passwords(str(value or ""))))
        world.mask.add(*secrets_in_words(_words(service)))
    for source in stack.secrets.values():
        if source.file and source.file.is_file():
            _learn_file(world, source.file)


def _words(service: Service) -> list[str]:
    """Give the words of all commands of a service: its own, and its health check's."""
    test = (service.healthcheck or {}).get("test")
    found: list[str] = []
    for part in (service.raw.get("entrypoint"), service.raw.get("command"), test):
        found += [part] if isinstance(part, str) else [str(word) for word in part or ()]
    return found


def learn_container(world: World, container: Container) -> None:
    """Learn what a container was given: it may be older than the files, or come from files that are not ours."""
    world.mask.add(*(value for key, value in container.environment.items() if value and is_sensitive(key)))


def words_of(stack: Stack) -> Iterator[str]:
    """Give the words of a model that must stay readable: services, images, volumes, secrets, users, variables."""
    yield from (stack.name, *stack.services, *stack.volumes, *stack.secrets)
    for service in stack.services.values():
        yield from (service.image, *service.image.split("/"), *service.environment)
        yield from (value for key, value in service.environment.items() if value and _USER.search(key))


def _learn_file(world: World, path: Path) -> None:
    try:
        world.mask.add(path.read_text("utf-8", "replace").strip())
    except OSError:
        return  # a secret that we cannot read cannot come out of us either
