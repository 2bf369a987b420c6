"""The rows of `stackctl images`: what each service wants, what it uses, why, and what is missing. Values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stackctl.images.choice import ImageChoice, kind_of
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from stackctl.images.plan import ImagePlan
    from stackctl.stack.model import Service

# Reproducible builds stamp images with 1970 or 1980: an age of decades says nothing.
OLDEST_YEAR = 1990


@dataclass(frozen=True)
class ImageRow:
    """One image of one service. `size` in bytes, `age` in seconds, both None where it is not here or unknown.

    `kind` is official, local, stand-in (a local one that does none of the work) or built; `argument` names the build
    argument where the image is one to build on; `missing` says what `up` will do about it, empty where it is there.
    """

    service: str
    argument: str
    wanted: str
    used: str
    kind: str
    why: str
    size: int | None
    age: float | None
    missing: str

    def as_dict(self) -> dict[str, Any]:
        """Give the row as it stands in the JSON envelope."""
        return asdict(self)


def image_rows(plan: ImagePlan, now: datetime) -> list[ImageRow]:
    """Give the rows by service; a service that is built comes with the images it is built on."""
    rows = [_chosen(item, plan, now) for item in plan.choices]
    rows += [_built(service, plan, now) for service in plan.question.chosen if service.build is not None]
    return sorted(rows, key=lambda row: (row.service, row.argument))


def _chosen(item: ImageChoice, plan: ImagePlan, now: datetime) -> ImageRow:
    there = plan.present.get(item.used)
    missing = {"none": "", "pull": "to be pulled", "build": "to be built" if there is None else "recipe changed"}
    size, age = _facts(item.used, plan, now)
    return ImageRow(
        service=item.service,
        argument=item.argument,
        wanted=item.wanted,
        used=item.used,
        kind="stand-in" if item.standin else kind_of(item.used, there),
        why=item.why,
        size=size,
        age=age,
        missing=missing[item.action],
    )


def _built(service: Service, plan: ImagePlan, now: datetime) -> ImageRow:
    name = built_name(plan.question.stack, service)
    size, age = _facts(name, plan, now)
    return ImageRow(
        service=service.name,
        argument="",
        wanted=name,
        used=name,
        kind="built",
        why=f"built from {service.build.context}" if service.build else "",
        size=size,
        age=age,
        missing="" if name in plan.present else "to be built",
    )


def _facts(name: str, plan: ImagePlan, now: datetime) -> tuple[int | None, float | None]:
    image = plan.present.get(name)
    if image is None:
        return None, None
    known = image.created is not None and image.created.year >= OLDEST_YEAR
    return image.size, (now - image.created).total_seconds() if known and image.created else None
