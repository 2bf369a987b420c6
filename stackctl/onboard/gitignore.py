"""Lines that `.gitignore` lacks: what is generated, and where the values are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.onboard.adoption import NewFile
from stackctl.onboard.overlays import DEV

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.onboard.sources import Sources
    from stackctl.workspace.files import Files

IGNORE, IGNORED = ".gitignore", (".stackctl/", ".env")


def ignoring(files: Files, root: Path, sources: Sources, notes: list[str]) -> list[NewFile]:
    """Give `.gitignore` with the lines that it lacks; its own bytes stay, also those that are no UTF-8."""
    path = root / IGNORE
    facts = files.look(path)
    data = files.read(path) if facts is not None else None
    lines = {line.strip().lstrip(b"/") for line in (data or b"").splitlines()}
    wanted = [*IGNORED]
    if sources.top is not None and sources.top.name.encode() in lines:
        wanted.append(DEV)
        notes.append(f"git ignores {sources.top.name}, and so it does {DEV}, which has its lines")
    missing = [line for line in wanted if line.encode() not in lines]
    if not missing:
        return []
    if facts is not None and (facts.kind != "file" or not facts.mine):
        notes.append(f"{IGNORE} is a {facts.kind} that is not ours to change; add to it: {', '.join(missing)}")
        return []
    newline = b"\r\n" if b"\r\n" in (data or b"") else b"\n"
    start = data if not data or data.endswith(b"\n") else data + newline
    after = (start or b"") + b"".join(line.encode() + newline for line in missing)
    return [NewFile(path, data, after, facts.mode if facts is not None else 0o644)]
