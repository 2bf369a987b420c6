"""What a service's image is built from, in a form that can be kept and compared: did it change, and what did?"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.images.context import InDoubt, Known, Stamp, read_context, read_ignore
from stackctl.images.dockerfile import base_images, dockerfile_path, inline_text

if TYPE_CHECKING:
    from stackctl.stack.model import Service

_REMOTE = re.compile(r"^(?:https?|git|ssh|oci-layout)://?|^git@|^github\.com/|\.git(?:#|$)", re.IGNORECASE)
_READ_APART = ("context", "dockerfile", "dockerfile_inline", "args")


@dataclass(frozen=True)
class Inputs:
    """The inputs of one build: entries of the context and facts (Dockerfile, arguments, target …), each as a digest.

    Arguments can hold a secret, so that their values are never kept. `stamps` and `taken_ns` only make the next reading
    quicker; they have no say in what is equal.
    """

    files: Mapping[str, str]
    facts: Mapping[str, str]
    stamps: Mapping[str, Stamp] = field(default_factory=dict, repr=False, compare=False)
    taken_ns: int = field(default=0, compare=False)

    @property
    def digest(self) -> str:
        """Give one digest of it all."""
        return _digest(json.dumps([sorted(self.files.items()), sorted(self.facts.items())]))

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        stamps = {name: list(asdict(stamp).values()) for name, stamp in self.stamps.items()}
        return {"files": dict(self.files), "facts": dict(self.facts), "stamps": stamps, "taken_ns": self.taken_ns}


def inputs_from(raw: Any) -> Inputs | None:
    """Read what `as_dict` gave; None where it is something else: then nothing is known, and nothing is lost."""
    try:
        stamps = {str(name): Stamp(*values) for name, values in raw["stamps"].items()}
        return Inputs(dict(raw["files"]), dict(raw["facts"]), stamps, int(raw["taken_ns"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def build_inputs(
    service: Service, now_ns: int, known: Inputs | None = None, base_ids: Mapping[str, str] | None = None
) -> Inputs | None:
    """Read the build inputs of a service; None where that is in doubt and Compose has to look itself.

    In doubt are a remote or very large context, a file that cannot be read, and an ignore file that Docker rejects.
    `service` is the model's with its final arguments, `now_ns` the wall clock before the reading, `known` an earlier
    reading to be quick with, `base_ids` the ids of local images: a base that was made anew is a changed input.
    """
    build = service.build
    raw = service.raw.get("build")
    section: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {"context": raw}
    # `Path` would fold the two slashes of an address, so Compose's own words decide.
    if build is None or _REMOTE.search(str(section.get("context") or "")) or section.get("additional_contexts"):
        return None
    path = dockerfile_path(service)
    try:
        text = inline_text(service) if path is None else path.read_text("utf-8", "surrogateescape")
        ignore = read_ignore(build.context, path or build.context / "Dockerfile")
        earlier = Known(known.stamps, known.taken_ns) if known else None
        listing = read_context(build.context, ignore, earlier)
    except (InDoubt, OSError):
        return None
    facts = {"Dockerfile" if path is None else Path(build.dockerfile).name: _digest(text)}
    facts |= {f"argument {name}": _digest(value) for name, value in build.args.items()}
    facts |= {
        f"build {key}": _digest(json.dumps(value, sort_keys=True))
        for key, value in section.items()
        if key not in _READ_APART
    }
    for image in base_images(text, build.args):
        if base_ids and image in base_ids:
            facts[f"base image {image}"] = base_ids[image]
    return Inputs(listing.entries, facts, listing.stamps, now_ns)


def changed_inputs(before: Inputs, after: Inputs) -> list[str]:
    """Name what differs: `requirements.txt changed`, `app.py added`, `argument VERSION removed`.

    Facts come first, then files; a folder is named only where no file says it already.
    """
    facts = _differences(before.facts, after.facts)
    files = _differences(before.files, after.files)
    plain = [text for text in files if "/ " not in text]
    return list(dict.fromkeys([*facts, *(plain or files)]))


def changes_in_short(changes: list[str]) -> str:
    """Give the changes as the end of one line: the first, and how many more."""
    if not changes:
        return ""
    more = len(changes) - 1
    return changes[0] if not more else f"{changes[0]} and {more} more"


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    texts = []
    for name in sorted({*before, *after}):
        if name not in before:
            texts.append(f"{name} added")
        elif name not in after:
            texts.append(f"{name} removed")
        elif before[name] != after[name]:
            texts.append(f"{name} changed")
    return texts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
