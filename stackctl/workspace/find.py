"""From a folder and a wish to a Target: workspace or plain project, which stack, which environment, which files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stackctl.errors import ConfigError, Misuse
from stackctl.workspace import compose_files
from stackctl.workspace.checkout import standing
from stackctl.workspace.files import refuse_endless
from stackctl.workspace.names import check_instance, closest, normalize, project_name, unknown
from stackctl.workspace.plain import dotenv_value, find_plain, plain_target
from stackctl.workspace.target import Setting, Target, Wish, environment_setting

DEFAULT_ENV = "dev"
NO_INSTANCE = "off"
_DEFAULT_STACK = r"(?m)^x-stackctl\s*:(?:\s*\{[^}\n]*|\s*\n(?:[ \t]+.*\n|\s*\n|[ \t]*#.*\n)*?[ \t]+)default\s*:\s*true"


@dataclass(frozen=True)
class Place:
    """A folder that is a workspace or a plain Compose project."""

    root: Path
    plain: bool


def find_place(start: Path) -> Place:
    """Give the nearest folder upwards that has `stacks/*/base.yml` or a Compose file.

    Raises ConfigError where there is none up to the root of the file system.
    """
    for folder in (start, *start.parents):
        if any(_bases(folder)):
            return Place(folder, plain=False)
        if find_plain(folder) or _names_its_files(folder):
            return Place(folder, plain=True)
    raise ConfigError(
        f"{start} is no stackctl workspace and no Compose project",
        "change into one, or make one here: stackctl init",
        code="no-project",
    )


def _names_its_files(folder: Path) -> bool:
    try:
        return bool(dotenv_value(folder, "COMPOSE_FILE"))
    except ConfigError:
        return False  # a closed `.env` of some folder above is not ours to complain about


def stacks(root: Path) -> list[str]:
    """Give the names of a workspace's stacks."""
    return sorted(base.parent.name for base in _bases(root))


def environments(place: Place, stack: str = "") -> list[str]:
    """Give the names of the environments: overlays beside `base.yml`, or beside the main Compose file."""
    if place.plain:
        from stackctl.workspace.plain import overlays

        return sorted(overlays(place.root))
    folder = place.root / "stacks" / stack
    names = {
        path.stem
        for path in (*folder.glob("*.yml"), *folder.glob("*.yaml"))
        if path.stem != "base" and not path.stem.endswith(".local") and compose_files.looks_like_compose(path)
    }
    return sorted(names)


def default_stack(place: Place, wish: Wish, shell: Mapping[str, str]) -> Setting:
    """Give the stack: the flag, STACKCTL_STACK, the only one, the one that says it is the default."""
    known = stacks(place.root)
    for name, source in ((wish.stack, "-s"), (shell.get("STACKCTL_STACK", ""), "STACKCTL_STACK")):
        if name:
            if name not in known:
                raise unknown("stack", name, known)
            return Setting(name, source)
    if len(known) == 1:
        return Setting(known[0], "the only one")
    chosen = [
        name
        for name in known
        if re.search(_DEFAULT_STACK, compose_files.read_text(_base(place.root / "stacks" / name)))
    ]
    if len(chosen) == 1:
        return Setting(chosen[0], "x-stackctl.default")
    raise Misuse(
        f"there are {len(known)} stacks here: {', '.join(known)}",
        f"name one with -s, for example: -s {known[0]}",
        code="stack-missing",
    )


def find_target(place: Place, wish: Wish, shell: Mapping[str, str]) -> Target:
    """Give the target that the wish means.

    Raises Misuse for a wrong name, ConfigError for files that cannot be read.
    """
    wish, notes = _with_instance(place, wish, shell)
    if place.plain or wish.files:
        refuse_endless(place.root / ".env")  # Compose would wait for its end for ever, and so would we
        return with_notes(plain_target(place.root, wish, shell), notes)
    stack = default_stack(place, wish, shell).value
    known = environments(place, stack)
    env = environment_setting(wish, shell, Setting(DEFAULT_ENV, "default"))
    if env.value not in known:
        raise unknown("environment", env.value, known)
    target = _workspace_target(place.root, stack, env, wish)
    for path in target.env_files:
        refuse_endless(path)
    return with_notes(target, notes)


def with_notes(target: Target, notes: tuple[str, ...]) -> Target:
    """Give the target with these notes before its own."""
    return replace(target, notes=(*notes, *target.notes)) if notes else target


def _with_instance(place: Place, wish: Wish, shell: Mapping[str, str]) -> tuple[Wish, tuple[str, ...]]:
    """Give the wish with the instance that this folder is by itself, where it is a second checkout, and a note of it.

    A project name or Compose files that the user gives say all there is to say.
    """
    if wish.instance == NO_INSTANCE:
        return replace(wish, instance=""), ()
    if wish.instance:
        check_instance(wish.instance)
    if wish.project or wish.files:
        return wish, ()
    found = standing(place.root, shell)
    own = found.checkout if found else None
    if not own or not own.instance or wish.instance not in ("", own.instance):
        return wish, ()
    first = f" of {found.first}" if found and found.first else ""
    note = (
        f"a second checkout{first}: instance {own.instance}, with ports of its own (--instance {NO_INSTANCE}: without)"
    )
    return replace(wish, instance=own.instance, named=own.named), (note,)


def split_words(words: tuple[str, ...], known_envs: list[str], wish: Wish) -> tuple[str, tuple[str, ...]]:
    """Tell the environment from the services: the first word is the environment, or, if it names none, a service.

    Raises Misuse where `-e` and the first word disagree.
    """
    if words and words[0] in known_envs and not wish.env:
        return words[0], words[1:]
    if wish.env and words and words[0] in known_envs and words[0] != wish.env:
        raise Misuse(f"both “-e {wish.env}” and “{words[0]}” name an environment", "keep one of them")
    return wish.env, words


def check_services(asked: tuple[str, ...], known: list[str], known_envs: list[str]) -> None:
    """Raise Misuse for a word that is neither an environment nor a service; a near miss of either is suggested."""
    for word in asked:
        if word not in known:
            if asked[0] == word and closest(word, known_envs) and not closest(word, known):
                raise unknown("environment", word, known_envs)
            error = unknown("service", word, known)
            if asked[0] != word or not known_envs:
                raise error
            raise Misuse(
                f"no environment and no service is called “{word}”",
                f"environments: {', '.join(sorted(known_envs))}; {error.hint.replace('there is', 'services')}",
                code=error.code,
            )


def _workspace_target(root: Path, stack: str, env: Setting, wish: Wish) -> Target:
    folder = root / "stacks" / stack
    env_folder = root / "env" / stack
    files = [_base(folder), _yaml(folder, env.value)]
    env_files = [env_folder / f"{env.value}.env"]
    notes: list[str] = []
    local = _yaml(folder, f"{env.value}.local")
    local_env = env_folder / f"{env.value}.local.env"
    found = [path for path in (local, local_env) if path.is_file()]
    if wish.local and found:
        files += [local] if local in found else []
        env_files += [local_env] if local_env in found else []
        shown = ", ".join(str(path.relative_to(root)) for path in found)
        notes.append(f"with your own layer {shown} (--no-local leaves it out)")
    name = wish.project or project_name(root.name, stack, env.value, wish.instance if wish.named else "")
    return Target(
        root=root,
        plain=False,
        stack=stack,
        env=env,
        instance=wish.instance,
        project=normalize(name),
        directory=folder,
        files=tuple(files),
        env_files=tuple(env_files),
        templates=tuple(env_folder / f"{layer}.env.template" for layer in ("base", env.value)),
        generated_env=env_files[0],
        profiles=wish.profiles,
        notes=tuple(notes),
    )


def _bases(folder: Path) -> list[Path]:
    try:
        return [*folder.glob("stacks/*/base.yml"), *folder.glob("stacks/*/base.yaml")]
    except OSError:
        return []


def _base(folder: Path) -> Path:
    return _yaml(folder, "base")


def _yaml(folder: Path, stem: str) -> Path:
    other = folder / f"{stem}.yaml"
    return other if other.is_file() else folder / f"{stem}.yml"
