"""Whether there is room, before anything is begun. A guess from what is known; the real thing is told when it comes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.backup.catalogue import entries
from stackctl.backup.helpers import ask
from stackctl.doctor.space import gigabytes
from stackctl.errors import BackupFailed, EngineError
from stackctl.services.saving.base import Helper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackctl.backup.place import Place
    from stackctl.backup.restore_plan import Part, RestorePlan
    from stackctl.backup.subjects import Item
    from stackctl.lifecycle.world import World

# What volumes hold usually packs to a third; a database's file holds room of its own beside.
PACKED = 0.35
# Below this nobody is asked, and no container is started to look.
SMALL = 64 << 20
_FREE = Helper("df -B1 --output=avail /store | tail -n 1", store="ro")


def expected(world: World, place: Place, items: Iterable[Item]) -> int:
    """Give how many bytes a set would take: as many as the last time, else a share of the volume."""
    last: dict[str, int] = {}
    for found in entries(place):
        for payload in found.manifest.payloads if found.manifest else ():
            last[payload.file] = payload.stored.bytes
    wanted = list(items)
    unknown = [item.store.source for item in wanted if item.file not in last and item.store and item.store.key]
    sizes = _sizes(world, unknown)
    total = 0.0
    for item in wanted:
        size = sizes.get(item.store.source, 0) if item.store else 0
        total += last[item.file] if item.file in last else size * PACKED
    return int(total)


def shortage(world: World, folder: Path, needed: int) -> str:
    """Give the sentence where a set would not fit into a folder, empty where it does or nobody can tell."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    free = world.host.free_bytes(there) if there else None
    if free is None or needed <= free:
        return ""
    return f"about {gigabytes(needed)} would be needed in {folder}, and {gigabytes(free)} are free"


def check_room(world: World, plan: RestorePlan) -> None:
    """Raise BackupFailed where what comes does not fit beside what is there: nothing is touched then."""
    needs: dict[str, list[Part]] = {}
    for part in plan.parts:
        needs.setdefault(part.item.store.source if part.item.store else "", []).append(part)
    for source, parts in needs.items():
        # What is replayed lies in a throw-away volume as well, mostly on the same disk.
        wanted = sum(part.payload.plain.bytes * (2 if part.replay else 1) for part in parts)
        if not source or wanted < SMALL:
            continue
        free = ask(world, _FREE, parts[0].seat)
        if isinstance(free, int) and free < wanted:
            names = ", ".join(dict.fromkeys(part.payload.service for part in parts))
            raise BackupFailed(
                f"{names}: {gigabytes(wanted)} would be put beside the live data, and {gigabytes(free)} are free there;"
                " nothing was touched",
                "free space: docker system df",
                code="disk-full",
            )


def _sizes(world: World, names: list[str]) -> dict[str, int]:
    if not names:
        return {}
    try:
        return world.engine.volume_sizes(names)
    except EngineError:
        return {}
