"""An existing Compose project gets environments: new files beside the user's own, which are never touched.

What Compose loads without its override file stays the base. The override file becomes the environment `dev`, word for
word, comments and all; `prod` is a small delta to begin with; a template says which variables `.env` has, without a
value of it. Whether `dev` is what Compose loaded before is asked of Compose itself, before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stackctl.env.grammar import parse
from stackctl.env.uses import read_uses
from stackctl.errors import ConfigError
from stackctl.lifecycle.secrecy import learn_stack
from stackctl.onboard.adoption import AdoptPlan, NewFile, digests
from stackctl.onboard.asked import Asked, other_model
from stackctl.onboard.dotenv_template import template_of
from stackctl.onboard.gitignore import IGNORE, ignoring
from stackctl.onboard.overlays import DEV, PROD, dev_text, prod_text, written_values
from stackctl.onboard.same import differences
from stackctl.onboard.sources import Sources, find_sources
from stackctl.onboard.suggest import Suggestion, suggest
from stackctl.stack.model import stack_from
from stackctl.workspace.compose_files import load_all, reach, read_text
from stackctl.workspace.plain import overlays

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.lifecycle.world import World
    from stackctl.workspace.files import Files

TEMPLATE = ".env.template"
TEMPLATES = (TEMPLATE, ".env.schema", ".env.example")


def plan_adopt(world: World, root: Path, named: Sequence[Path] = ()) -> AdoptPlan:
    """Give what would be written; `named` are the files that the user says it is made of. Changes nothing.

    Raises ConfigError where the project cannot have environments, with the precise reason, and where Compose does not
    take its files; Refused where the new environment `dev` would be another model than before.
    """
    sources = find_sources(root, named, world.shell)
    watched = reach([*sources.loaded, *overlays(root).values(), root / ".env"])[1] | {root / IGNORE}
    read = digests(watched)
    load_all(sources.loaded)  # YAML that is broken is said with file, line and column
    notes: list[str] = []
    existing = {env: path for env, path in overlays(root).items() if path not in sources.base}
    found: list[NewFile] = []
    labels: tuple[Suggestion, ...] = ()
    if sources.base:
        asked = Asked(world, root, sources)
        learn_stack(world, asked.stack)
        found, labels = _overlays(asked, existing, notes)
    notes += [f"{path.name} is there already and stays as it is" for path in existing.values()]
    if sources.top is not None and DEV in {item.path.name for item in found}:
        notes += written_values(sources.top)
    template = _template(world.files, root, sources, notes)
    found += [NewFile(root / TEMPLATE, None, template.encode())] if template else []
    found += ignoring(world.files, root, sources, notes)
    return AdoptPlan(root, tuple(found), labels, tuple(notes), read)


def _overlays(
    asked: Asked, existing: Mapping[str, Path], notes: list[str]
) -> tuple[list[NewFile], tuple[Suggestion, ...]]:
    """Give the overlays that are not there yet, and the labels in `dev`."""
    wanted = suggest(asked.stack)
    found: list[NewFile] = []
    labels: tuple[Suggestion, ...] = ()
    if "dev" not in existing:
        text, labels = _dev(asked, wanted, notes)
        found.append(NewFile(asked.root / DEV, None, text.encode()))
    if "prod" not in existing:
        text = prod_text(asked.sources.base, stack_from(asked.model(asked.sources.base)), wanted)
        try:
            asked.with_overlay(text)
        except ConfigError as error:
            # What an `include` brings may not be changed by every release.
            notes.append(f"no {PROD}: Compose does not take a delta to these files ({error.message})")
        else:
            found.append(NewFile(asked.root / PROD, None, text.encode()))
    return found, labels


def _dev(asked: Asked, wanted: Sequence[Suggestion], notes: list[str]) -> tuple[str, tuple[Suggestion, ...]]:
    """Give the text of `dev` and its labels: those that have a sure place, none where Compose says otherwise."""
    text, labels = dev_text(asked.sources, wanted)
    left = [item.service for item in wanted if item not in labels]
    if left:
        notes.append(f"no label for {', '.join(left)} in dev: the override file has no sure place for it")
    if labels and _same(asked, text, labels):
        return text, labels
    if labels:
        notes.append("no labels in dev: in these files they would change more than labels")
    text, _none = dev_text(asked.sources, ())
    other = differences(asked.before, asked.with_overlay(text))
    if other:
        raise other_model(other)
    return text, ()


def _same(asked: Asked, text: str, labels: Sequence[Suggestion]) -> bool:
    try:
        return not differences(asked.before, asked.with_overlay(text), labels)
    except ConfigError:
        return False


def _template(files: Files, root: Path, sources: Sources, notes: list[str]) -> str:
    there = next((name for name in TEMPLATES if files.look(root / name) is not None), None)
    if there is not None:
        notes.append(f"{there} is the template of .env and stays as it is")
        return ""
    data = files.read(root / ".env")
    values = parse(data, ".env").resolve({}) if data is not None else {}
    # What an included file names counts too; a file that is none of Compose's names no variable.
    files_read = [
        path for path in sorted(reach(sources.loaded)[1]) if path.suffix in (".yaml", ".yml") and path.is_file()
    ]
    return template_of(values, [read_uses(read_text(path), path.name) for path in files_read])
