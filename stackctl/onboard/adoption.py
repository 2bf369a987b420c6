"""What giving a project environments would write, as a value, and writing it: all of it, or nothing."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused

if TYPE_CHECKING:
    from stackctl.mask import Mask
    from stackctl.onboard.suggest import Suggestion
    from stackctl.workspace.files import Files


@dataclass(frozen=True)
class NewFile:
    """A file that would appear, or grow: `before` is None where it is new. Bytes, so that nothing else changes."""

    path: Path
    before: bytes | None
    after: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class AdoptPlan:
    """What would be written, which labels are among it, and what was left as it is, with the reason.

    `read` are the digests of all that it was decided from: a yes is given to a diff of these.
    """

    root: Path
    files: tuple[NewFile, ...]
    labels: tuple[Suggestion, ...] = ()
    notes: tuple[str, ...] = ()
    read: Mapping[Path, str] = field(default_factory=dict, repr=False)

    def diff(self, mask: Mask) -> list[str]:
        """Give the change as a unified diff, secrets masked: an override file may have them written in it."""
        lines: list[str] = []
        for item in self.files:
            name = str(item.path.relative_to(self.root))
            old = f"a/{name}" if item.before is not None else "/dev/null"
            before, after = (mask((data or b"").decode("utf-8", "replace")) for data in (item.before, item.after))
            lines += difflib.unified_diff(before.splitlines(), after.splitlines(), old, f"b/{name}", lineterm="")
        return lines


def apply_adopt(plan: AdoptPlan, files: Files) -> None:
    """Write the files. Nothing that is there is replaced, only `.gitignore` grows; what fails leaves nothing behind.

    A run that is killed leaves a part of whole files, and the next one adds the rest. Raises ConfigError, Refused.
    """
    if digests(plan.read) != plan.read:
        changed = [path.name for path, digest in plan.read.items() if digests([path])[path] != digest]
        raise Refused(
            f"{', '.join(changed)} changed after the diff was made",
            "nothing was written; run init again",
            code="changed",
        )
    made: list[Path] = []
    try:
        # What grows comes last: it is the one thing that cannot be taken back by removing a file.
        for item in sorted(plan.files, key=lambda item: item.before is not None):
            if item.before is not None:
                files.write(item.path, item.after, item.mode)
            elif files.create(item.path, item.after, item.mode):
                made.append(item.path)
            else:
                raise Refused(f"{item.path.name} appeared meanwhile", "look at it, and run init again", code="exists")
    except BaseException:
        for path in made:
            files.remove(path)
        raise


def digests(paths: Iterable[Path]) -> dict[Path, str]:
    """Give the SHA-256 of each file, nothing for one that is not there."""
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in paths}
