"""Item: the one thing this app keeps, and the check of what a client sends."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

NAME_LENGTH = 200
TAGS = 20
TAG_LENGTH = 50
QUANTITY = 1_000_000_000
FIELDS = ("name", "quantity", "tags")


class Invalid(Exception):
    """What is wrong with an input, field by field."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Draft:
    """An item as a client sends it: checked, without identity."""

    name: str
    quantity: int
    tags: tuple[str, ...]

    @classmethod
    def parse(cls, body: object) -> Self:
        """Given decoded JSON, a draft; all problems at once in one Invalid."""
        if not isinstance(body, dict):
            raise Invalid([("body", "must be a JSON object")])
        problems = [(str(key), "is not a field of an item") for key in body if key not in FIELDS]
        name, quantity, tags = body.get("name"), body.get("quantity", 1), body.get("tags", [])
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= NAME_LENGTH:
            problems.append(("name", f"must be text of 1 to {NAME_LENGTH} characters"))
        # bool is an int in Python, and true is no quantity.
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 <= quantity <= QUANTITY:
            problems.append(("quantity", f"must be a whole number from 0 to {QUANTITY}"))
        if not isinstance(tags, list) or len(tags) > TAGS or not all(_is_tag(tag) for tag in tags):
            problems.append(("tags", f"must be a list of up to {TAGS} texts of 1 to {TAG_LENGTH} characters"))
        if problems:
            raise Invalid(problems)
        return cls(str(name).strip(), int(quantity), tuple(tags))


def _is_tag(tag: object) -> bool:
    return isinstance(tag, str) and 1 <= len(tag) <= TAG_LENGTH


@dataclass(frozen=True, slots=True)
class Item:
    """A stored item; it never changes, which is why a cached copy cannot be wrong, only out of date after a delete."""

    id: str
    name: str
    quantity: int
    tags: tuple[str, ...]
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        created_at = self.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return asdict(self) | {"tags": list(self.tags), "created_at": created_at}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Given what `to_json` made; KeyError, TypeError or ValueError for anything else."""
        created_at = datetime.fromisoformat(data["created_at"])
        return cls(data["id"], data["name"], data["quantity"], tuple(data["tags"]), created_at)
