"""What stands inside a sealed block: the value, and where it belongs.

    {"stack": "core", "environment": "dev", "kind": "secret", "name": "mongo_root", "value": "…"}

age has no signatures, so whoever may write the file may seal a value of their own: only a review of the change protects
from that. But a block that was moved under another name or into another environment is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackctl.errors import Finding
from stackctl.secrets.age import Damaged, NotForUs, open_sealed, seal

if TYPE_CHECKING:
    from stackctl.secrets.age import Identity
    from stackctl.secrets.sealed_file import Block, Key

State = Literal["open", "foreign", "damaged", "moved"]


@dataclass(frozen=True)
class Scope:
    """What values are sealed for: a stack (empty in a plain project) and an environment."""

    stack: str
    environment: str


@dataclass(frozen=True)
class Opened:
    """What came of opening a block: its value, or why there is none."""

    state: State
    value: str = field(default="", repr=False)
    belongs: str = ""


def wrap(scope: Scope, key: Key, value: str) -> bytes:
    """Give the text that is sealed for a value."""
    inside = {"stack": scope.stack, "environment": scope.environment, "kind": key.kind, "name": key.name}
    return json.dumps({**inside, "value": value}).encode()


def seal_value(scope: Scope, key: Key, value: str, recipients: Sequence[str]) -> str:
    """Give the armoured block of a value."""
    return seal(wrap(scope, key, value), recipients)


def open_block(scope: Scope, key: Key, block: Block, identities: Sequence[Identity]) -> Opened:
    """Open one block and check that it belongs where it stands."""
    try:
        inside = json.loads(open_sealed(block.armour, identities))
        value = inside["value"]
        found = (inside["stack"], inside["environment"], inside["kind"], inside["name"])
    except NotForUs:
        return Opened("foreign")
    except (Damaged, ValueError, KeyError, TypeError):
        return Opened("damaged")
    if not isinstance(value, str) or not all(isinstance(word, str) for word in found):
        return Opened("damaged")
    if found != (scope.stack, scope.environment, key.kind, key.name):
        return Opened("moved", belongs=f"{found[2]} {found[3]} of {' · '.join(word for word in found[:2] if word)}")
    return Opened("open", value)


def open_all(scope: Scope, blocks: Mapping[Key, Block], identities: Sequence[Identity]) -> dict[Key, Opened]:
    """Open every block."""
    return {key: open_block(scope, key, block, identities) for key, block in blocks.items()}


def complaints(opened: Mapping[Key, Opened], source: str) -> list[Finding]:
    """Give a finding for each block that cannot be used."""
    found = []
    for key, item in opened.items():
        if item.state == "damaged":
            message, hint = f"{source}: the sealed {key} is damaged", f"take it from git: git checkout -- {source}"
            found.append(Finding("sealed-damaged", "error", key.name, message, hint))
        elif item.state == "moved":
            message = f"{source}: what stands as {key} is the {item.belongs}"
            hint = "somebody moved a block; look at the file's history, then seal again"
            found.append(Finding("sealed-moved", "error", key.name, message, hint))
        elif item.state == "foreign":
            message = f"{source}: the {key} is not sealed for your key"
            hint = "ask somebody who can open it to add your key (stackctl secrets recipients add) and to seal again"
            found.append(Finding("sealed-for-others", "error", key.name, message, hint))
    return found
