"""Registry-free recipes: where they are, what each needs, and which of their images are missing or outdated.

A recipe is a folder `stacks/images/<name>/` with a Dockerfile (or, for the image that all others start from, a
`build.sh TAG`). It makes `stackctl/<name>:local`. A file `context` beside the Dockerfile names another folder to build
in, relative to its own: the stand-in for applications is made from the source of the core stack's app.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import stackctl
from stackctl.errors import ConfigError
from stackctl.images.context import InDoubt, read_context, read_ignore
from stackctl.stack.labels import STANDIN
from stackctl.workspace.files import digest_file, walk_files

if TYPE_CHECKING:
    from stackctl.engine.values import Image

DIGEST_LABEL = "stackctl.recipe"
VERSION_LABEL = "stackctl.version"
SCRIPT = "build.sh"
CONTEXT = "context"

_TAG = re.compile(r"stackctl/([a-z0-9][a-z0-9._-]*):local")
_NEEDS = re.compile(rf"(?:^\s*FROM\s+(?:--platform=\S+\s+)?|\bfrom=){_TAG.pattern}", re.IGNORECASE | re.MULTILINE)
_VERSION = re.compile(rf'{re.escape(VERSION_LABEL)}="?([\w.+-]+)')
_STANDIN = re.compile(rf"{re.escape(STANDIN)}=")

State = Literal["ready", "outdated", "missing"]


@dataclass(frozen=True)
class RecipeInfo:
    """One recipe: its folder, the digest of its files, the recipes it builds on, the version it says it makes.

    `chain` covers the folder and the chains of `needs`. It is the value of the label on the image: an image is outdated
    when what it is made from changed, not when its base was merely built again. `context` is the folder to build in,
    `standin` says that the image stands in for applications and does none of their work.
    """

    name: str
    folder: Path
    digest: str
    needs: tuple[str, ...]
    scripted: bool = False
    version: str = ""
    chain: str = ""
    context: Path | None = None
    standin: bool = False

    @property
    def tag(self) -> str:
        """Give the image's name."""
        return local_tag(self.name)

    @property
    def labels(self) -> dict[str, str]:
        """Give the labels that a build of this recipe sets."""
        return {DIGEST_LABEL: self.chain}


def local_tag(name: str) -> str:
    """Give the image name of a recipe."""
    return f"stackctl/{name}:local"


def recipe_name(image: str) -> str:
    """Give the recipe that makes this image, empty where its name is no local one."""
    match = _TAG.fullmatch(image)
    return match[1] if match else ""


def packaged_folder() -> Path:
    """Give the recipes that came with stackctl: inside the wheel, or beside the package in a checkout."""
    package = Path(stackctl.__file__).parent
    inside = package / "_data" / "stacks" / "images"
    return inside if inside.is_dir() else package.parent / "stacks" / "images"


def find_recipes(root: Path, packaged: Path | None = None) -> dict[str, RecipeInfo]:
    """Give every recipe by name: the workspace's own, and the packaged ones that it does not replace.

    Raises ConfigError for a file that cannot be read.
    """
    found: dict[str, RecipeInfo] = {}
    for home in (packaged or packaged_folder(), root / "stacks" / "images"):
        if home.is_dir():
            for folder in sorted(home.iterdir()):
                if (folder / "Dockerfile").is_file() or (folder / SCRIPT).is_file():
                    found[folder.name] = read_recipe(folder)
    return chained(found)


def read_recipe(folder: Path) -> RecipeInfo:
    """Read one recipe folder; its chain is not known yet. Raises ConfigError for a file that cannot be read."""
    dockerfile = folder / "Dockerfile"
    scripted = not dockerfile.is_file()
    text = "" if scripted else dockerfile.read_text("utf-8", "replace")
    version = _VERSION.search(text)
    context = _context(folder)
    own = folder_digest(folder)
    return RecipeInfo(
        name=folder.name,
        folder=folder,
        digest=hashlib.sha256(f"{own} {sent_digest(context)}".encode()).hexdigest() if context else own,
        needs=tuple(sorted({name.lower() for name in _NEEDS.findall(text)} - {folder.name})),
        scripted=scripted,
        version=version[1] if version else "",
        context=context,
        standin=bool(_STANDIN.search(text)),
    )


def _context(folder: Path) -> Path | None:
    """Give the folder that the file `context` names, the packaged one where a workspace has no such folder."""
    pointer = folder / CONTEXT
    if not pointer.is_file():
        return None
    words = pointer.read_text("utf-8", "replace").strip()
    own = (folder / words).resolve()
    return own if own.is_dir() else (packaged_folder() / folder.name / words).resolve()


def sent_digest(context: Path) -> str:
    """Give one digest over what Docker would send of a folder: what its `.dockerignore` leaves out does not count.

    Modes do not count beyond the owner's x bit, as in `folder_digest`. Raises ConfigError where it cannot be read.
    """
    try:
        entries = read_context(context, read_ignore(context, context / "Dockerfile")).entries
    except InDoubt as error:
        raise ConfigError(f"the folder {context} of a recipe cannot be read: {error}", "make it readable") from error
    total = hashlib.sha256()
    for name in sorted(entries):
        kind, _space, rest = entries[name].partition(" ")
        if kind == "file":
            mode, _space, digest = rest.partition(" ")
            rest = f"{'x' if int(mode, 8) & 0o100 else '-'} {digest}"
        if kind in ("file", "link"):
            total.update(f"{kind} {name} {rest}".encode("utf-8", "surrogateescape") + b"\n")
    return total.hexdigest()


def folder_digest(folder: Path) -> str:
    """Give one digest over all files of a folder: names, whether they are executable, contents, targets of links.

    Of the mode only the owner's x bit counts: git and wheels keep no more, and a checkout made under another umask must
    not look like another recipe.
    """
    total = hashlib.sha256()
    for path in walk_files(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            line = f"link {name} {path.readlink()}"
        else:
            line = f"{'exec' if path.stat().st_mode & 0o100 else 'file'} {name} {digest_file(path)}"
        total.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return total.hexdigest()


def chained(recipes: Mapping[str, RecipeInfo]) -> dict[str, RecipeInfo]:
    """Give the recipes with their chains filled in. A need that does not exist counts by its name."""
    done: dict[str, RecipeInfo] = {}
    for name in build_order(recipes, recipes, missing_ok=True):
        recipe = recipes[name]
        parts = [recipe.digest, *(f"{need} {done[need].chain if need in done else '-'}" for need in recipe.needs)]
        done[name] = replace(recipe, chain=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32])
    return done


def build_order(
    recipes: Mapping[str, RecipeInfo], names: Iterable[str], *, missing_ok: bool = False
) -> tuple[str, ...]:
    """Give these recipes and all that they build on, dependencies first.

    Raises ConfigError for a recipe that does not exist and for recipes that need each other.
    """
    graph: dict[str, list[str]] = {}
    waiting = [("", name) for name in sorted(names)]
    while waiting:
        asker, name = waiting.pop()
        if name not in recipes:
            if missing_ok:
                continue
            needs = f"the recipe {asker} needs {local_tag(name)}" if asker else f"an image needs {local_tag(name)}"
            raise ConfigError(
                f"{needs}, and there is no recipe {name}", f"add stacks/images/{name}/Dockerfile", code="recipe-missing"
            )
        if name not in graph:
            graph[name] = [need for need in recipes[name].needs if need in recipes or not missing_ok]
            waiting += [(name, need) for need in graph[name]]
    try:
        return tuple(TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)}).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise ConfigError(f"recipes need each other: {circle}", "remove one FROM of the circle") from None


def state(recipe: RecipeInfo, present: Mapping[str, Image]) -> State:
    """Say whether the recipe's image is there and made from what the folder holds now."""
    image = present.get(recipe.tag)
    if image is None:
        return "missing"
    return "ready" if image.labels.get(DIGEST_LABEL) == recipe.chain else "outdated"


def stale(recipes: Mapping[str, RecipeInfo], names: Collection[str], present: Mapping[str, Image]) -> tuple[str, ...]:
    """Give what must be built so that the images of these recipes are there and current, in order.

    What a current image was built from is not asked for: a tool chain may be gone once its product is there.
    """
    todo: set[str] = set()
    order = build_order(recipes, names)
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in todo and state(recipes[name], present) != "ready":
            todo.add(name)
            waiting += recipes[name].needs
    return tuple(name for name in order if name in todo)
