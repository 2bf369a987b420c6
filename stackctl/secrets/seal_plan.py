"""Decides what a sealed file becomes, and what unsealing one does. Values in, a plan out; nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from stackctl.errors import ConfigError, Refused
from stackctl.secrets.seal_memo import Memo, Relation, relation
from stackctl.secrets.sealed_file import Block, Key, render
from stackctl.secrets.sealing import Opened, Scope, complaints, seal_value

if TYPE_CHECKING:
    from stackctl.secrets.digest import Digest
    from stackctl.secrets.recipients import RecipientsFile


@dataclass(frozen=True)
class Sides:
    """The two sides: the values here, and the sealed blocks with what came of opening them (nothing: no key)."""

    here: Mapping[Key, str] = field(repr=False)
    blocks: Mapping[Key, Block]
    opened: Mapping[Key, Opened]
    memo: Memo
    keyed: Digest

    def relations(self) -> dict[Key, Relation]:
        """Say for every name how the two sides stand to each other."""
        return {key: self._relation(key) for key in sorted({*self.here, *self.blocks})}

    def _relation(self, key: Key) -> Relation:
        sealed = (self.blocks.get(key), self.opened.get(key))
        return relation(key, self.here.get(key), sealed, self.memo.get(key), self.keyed)


Act = Literal["added", "changed", "resealed", "kept", "dropped", "conflict", "closed"]


@dataclass(frozen=True)
class SealPlan:
    """What becomes of the sealed file: what is done with each name, the values to seal, the blocks that stay."""

    acts: Mapping[Key, Act]
    relations: Mapping[Key, Relation]
    fresh: Mapping[Key, str] = field(repr=False)
    keep: Mapping[Key, Block]

    @property
    def empty(self) -> bool:
        """Whether the file stays as it is."""
        return not self.fresh and not self.of("dropped")

    def of(self, act: Act) -> list[Key]:
        """Give the names that this is done with."""
        return [key for key, done in self.acts.items() if done == act]

    def related(self, wanted: Relation) -> list[Key]:
        """Give the names whose two sides stand so."""
        return [key for key, found in self.relations.items() if found == wanted]

    def carry_out(self, scope: Scope, recipients: RecipientsFile, title: str) -> tuple[str, dict[Key, Block]]:
        """Seal, and give the file's text and its blocks."""
        fresh = {key: Block(seal_value(scope, key, value, recipients.keys), "") for key, value in self.fresh.items()}
        blocks = {**self.keep, **{key: replace(block, recipients=recipients.digest) for key, block in fresh.items()}}
        return render(blocks, title), blocks


@dataclass(frozen=True)
class SealWish:
    """How to seal: `mark` is the digest of the recipients as they are now.

    `replace` takes the value here where both sides differ, `prune` drops what is sealed and not here.
    """

    mark: str
    replace: bool = False
    prune: bool = False


def plan_seal(sides: Sides, wish: SealWish, source: str) -> SealPlan:
    """Decide what is sealed. A block stays where its value and the recipients are the same.

    Raises Refused where a value differs here and in the file and nobody knows which is newer, ConfigError where a block
    must be sealed anew and cannot be opened.
    """
    relations = sides.relations()
    acts = {key: _act(sides, key, related, wish) for key, related in relations.items()}
    plan = SealPlan(
        acts,
        relations,
        {key: _value(sides, key, relations[key], act) for key, act in acts.items() if act in _SEALING},
        {key: sides.blocks[key] for key, act in acts.items() if act == "kept"},
    )
    _refuse(plan.of("conflict"), plan.of("closed"), source)
    return plan


_SEALING = ("added", "changed", "resealed")


def _act(sides: Sides, key: Key, related: Relation, wish: SealWish) -> Act:
    if related == "only-here":
        return "added"
    opened = sides.opened.get(key, Opened("foreign"))
    broken = opened.state in ("damaged", "moved")
    here = key in sides.here
    if here and (related == "changed-here" or broken or (wish.replace and related != "same")):
        return "changed"
    if related == "both-changed":
        return "conflict"
    if related == "only-sealed" and wish.prune:
        return "dropped"
    if sides.blocks[key].recipients == wish.mark and not broken:
        return "kept"
    return "resealed" if related == "same" or opened.state == "open" else "closed"


def _value(sides: Sides, key: Key, related: Relation, act: Act) -> str:
    """Give the value to seal: the one here, but for what is only sealed again for other people."""
    return sides.opened[key].value if act == "resealed" and related != "same" else sides.here[key]


def _refuse(conflicts: Sequence[Key], closed: Sequence[Key], source: str) -> None:
    if conflicts:
        raise Refused(
            f"{source} and this machine have different values: {_names(conflicts)}",
            "take those of the file: stackctl secrets unseal --replace; seal those that are here: "
            "stackctl secrets seal --replace",
            code="sealed-conflict",
        )
    if closed:
        raise ConfigError(
            f"the recipients have changed, and what is to be sealed anew cannot be read here: {_names(closed)}",
            "first: stackctl secrets unseal; or let somebody seal who can open them",
            code="sealed-for-others",
        )


def _names(keys: Sequence[Key]) -> str:
    return ", ".join(key.name for key in keys)


@dataclass(frozen=True)
class UnsealPlan:
    """What unsealing does: the values to write, and what stays."""

    write: Mapping[Key, str] = field(repr=False)
    added: tuple[Key, ...] = ()
    replaced: tuple[Key, ...] = ()
    same: tuple[Key, ...] = ()
    newer_here: tuple[Key, ...] = ()


def plan_unseal(sides: Sides, source: str, *, take_all: bool = False) -> UnsealPlan:
    """Decide what unsealing writes.

    Raises ConfigError where any block cannot be opened or does not belong there, Refused where a value differs and
    nobody knows which is newer (`take_all` takes those of the file); in both cases nothing is written at all.
    """
    wrong = complaints(sides.opened, source)
    if wrong:
        raise ConfigError(wrong[0].message, wrong[0].hint, code=wrong[0].code, findings=wrong)
    by: dict[str, list[Key]] = {}
    for key, related in sides.relations().items():
        by.setdefault(related, []).append(key)
    differing = by.get("both-changed", [])
    if differing and not take_all:
        raise Refused(
            f"this machine already has other values than {source}: {_names(differing)}",
            "take those of the file: --replace (those that are here then stay visible: "
            "stackctl secrets show NAME --previous); share those that are here: stackctl secrets seal --replace",
            code="sealed-conflict",
        )
    replaced = by.get("changed-there", []) + (differing + by.get("changed-here", []) if take_all else [])
    added = by.get("only-sealed", [])
    return UnsealPlan(
        {key: sides.opened[key].value for key in (*added, *replaced)},
        tuple(added),
        tuple(sorted(replaced)),
        tuple(by.get("same", [])),
        () if take_all else tuple(by.get("changed-here", [])),
    )
