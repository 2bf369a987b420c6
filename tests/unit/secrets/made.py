"""Keys and sealed texts for the tests of this folder; a key costs nothing, so each test may have its own."""

from __future__ import annotations

from collections.abc import Mapping

from stackctl.secrets.age import Identity, new_identity, read_identities
from stackctl.secrets.digest import Digest
from stackctl.secrets.recipients import RecipientsFile, read_recipients
from stackctl.secrets.seal_memo import Memo, Seen
from stackctl.secrets.seal_plan import SealWish, Sides, plan_seal
from stackctl.secrets.sealed_file import Block, Key
from stackctl.secrets.sealing import Scope, open_all

SCOPE = Scope("core", "dev")
KEYED = Digest(b"k" * 32)


def key(name: str) -> Key:
    return Key("secret", name)


class Person:
    """Somebody with a key."""

    def __init__(self) -> None:
        self.secret, self.public = new_identity()

    @property
    def identities(self) -> list[Identity]:
        return read_identities(self.secret.encode(), "a key")


def listed(*people: Person) -> RecipientsFile:
    return read_recipients("\n".join(person.public for person in people), "recipients")


def sealed(values: Mapping[str, str], *people: Person) -> dict[Key, Block]:
    """The blocks of a first sealing."""
    here = {key(name): value for name, value in values.items()}
    recipients = listed(*people)
    plan = plan_seal(Sides(here, {}, {}, {}, KEYED), SealWish(recipients.digest), "file")
    return plan.carry_out(SCOPE, recipients, "core · dev")[1]


def memo_of(values: Mapping[str, str], blocks: Mapping[Key, Block]) -> Memo:
    """What a machine remembers that has these values and saw these blocks."""
    return {key(n): Seen(KEYED.of(str(key(n)), value), blocks[key(n)].digest) for n, value in values.items()}


def sides(
    values: Mapping[str, str], blocks: Mapping[Key, Block], person: Person | None = None, memo: Memo | None = None
) -> Sides:
    opened = open_all(SCOPE, blocks, person.identities) if person else {}
    return Sides({key(name): value for name, value in values.items()}, blocks, opened, memo or {}, KEYED)
