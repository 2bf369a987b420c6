"""The gates in front of a restore: whether what is here would understand what was saved. They change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.backup.fingerprint import same_key
from stackctl.errors import Refused
from stackctl.services.base import major_of, tag_of

if TYPE_CHECKING:
    from stackctl.backup.restore_plan import Part
    from stackctl.lifecycle.world import World


def check_gates(world: World, part: Part, *, force: bool) -> list[str]:
    """Give warnings; raise Refused where the data would not be understood. `force` passes another version."""
    payload, item = part.payload, part.item
    if payload.driver != item.driver.name:
        raise Refused(
            f"{payload.service} was {payload.driver} when it was saved and is {item.driver.name} now",
            "restore it where it came from",
            code="other-driver",
        )
    if any(".system.buckets." in f".{name}" for name in payload.counts):
        raise Refused(
            "the set holds time-series collections, which cannot be exchanged by renaming",
            "restore them by hand: mongorestore (docs/how-to/backup.md)",
            code="time-series",
        )
    problem = _version(part)
    if problem and not force:
        raise Refused(
            problem, "restore it into that version, or --force-version at your own risk", code="other-version"
        )
    _same_key(world, part)
    return [f"{problem}; --force-version was given"] if problem else []


def _same_key(world: World, part: Part) -> None:
    if not same_key(world, part.item.driver, part.item.container, part.payload.fingerprint):
        raise Refused(
            f"{part.payload.service} has another secret key than when it was saved, and could not read what it sealed",
            "set the old key again (GF_SECURITY_SECRET_KEY), then restore",
            code="other-secret-key",
        )


def _version(part: Part) -> str:
    payload = part.payload
    now = str(part.subject.state.get("version") or "")
    if payload.version and major_of(payload.version) != major_of(now):
        return f"{payload.service} {payload.version} was saved, {now} runs"
    if part.item.saver.online or not part.item.driver.data or part.item.container is None:
        return ""  # not files, or files of a service that nobody knows more about
    kind = part.item.container.labels.get("stackctl.kind", "registry")
    if payload.image_kind != kind:
        return f"the files of {payload.service} are those of a {payload.image_kind} image, and a {kind} one runs"
    tags = [major_of(tag_of(image)) for image in (payload.image, part.item.image)]
    if tags[0] != tags[1]:
        return f"the files of {payload.service} were written by {payload.image}, and {part.item.image} would read them"
    return ""
