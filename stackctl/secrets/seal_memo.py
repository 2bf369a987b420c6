"""What this machine last sealed or unsealed: keyed digests, so that a change here is told from a change in git."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackctl.secrets.sealed_file import Key

if TYPE_CHECKING:
    from stackctl.secrets.digest import Digest
    from stackctl.secrets.sealed_file import Block
    from stackctl.secrets.sealing import Opened
    from stackctl.workspace.files import Files

FILE = "sealed.json"
Relation = Literal["only-here", "only-sealed", "same", "changed-here", "changed-there", "both-changed"]


@dataclass(frozen=True)
class Seen:
    """A value and its block as they were when they last agreed here, as digests."""

    value: str
    block: str


Memo = Mapping[Key, Seen]


def read_memo(files: Files, path: Path) -> dict[Key, Seen]:
    """Give what is remembered; a damaged file is as good as none: then the values themselves are compared."""
    try:
        rows = json.loads(files.read(path) or b"{}").get("values", {})
        return {Key(*name.split(" ", 1)): Seen(row["value"], row["block"]) for name, row in rows.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_memo(files: Files, path: Path, memo: Memo) -> None:
    """Remember."""
    rows = {str(key): {"value": seen.value, "block": seen.block} for key, seen in sorted(memo.items())}
    data = json.dumps({"schema": 1, "values": rows}, indent=1).encode()
    if files.read(path) != data:
        files.make_dir(path.parent)
        files.write(path, data)


def relation(
    key: Key, value: str | None, sealed: tuple[Block | None, Opened | None], seen: Seen | None, keyed: Digest
) -> Relation:
    """Say how a value here and a sealed block stand to each other: by the values where it opens, else by the memo."""
    block, opened = sealed
    if block is None:
        return "only-here"
    if value is None:
        return "only-sealed"
    if opened is not None and opened.state == "open" and opened.value == value:
        return "same"
    if seen is None:
        return "both-changed"
    as_before = keyed.of(str(key), value) == seen.value
    if block.digest == seen.block:
        if as_before and opened is not None and opened.state == "open":
            return "both-changed"  # the block says another value than the memo: what was opened counts
        return "same" if as_before else "changed-here"
    return "changed-there" if as_before else "both-changed"
