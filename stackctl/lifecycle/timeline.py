"""The timelines of a project: kept at every start (bounded), or read from the engine for what somebody else started."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.health.timeline import Span, Timeline, slower, timeline_of
from stackctl.lifecycle.scene import look, with_generated
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.errors import Finding
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

FILE = "timeline.json"
MOST = 20
SCHEMA = 1


def keep_timeline(world: World, plan: UpPlan, since: datetime) -> tuple[str, tuple[Finding, ...]]:
    """Keep the timeline of a start that ended well; give its critical chain and what was slower than usual."""
    fresh = [item for item in plan.scene.containers if item.service in plan.selected]
    now = timeline_of(plan.scene.stack, fresh, since)
    if now is None:
        return "", ()
    before = read_timelines(world, plan.scene.target)
    target = plan.scene.target
    folder = scratch(target.root, target.project, world.files)
    rows = [_dumped(item) for item in [*before, now][-MOST:]]
    world.files.write(folder / FILE, json.dumps({"schema": SCHEMA, "starts": rows}).encode(), 0o644)
    finding = slower(now, before[-5:])
    return now.chain_text(), (finding,) if finding else ()


def read_timelines(world: World, target: Target) -> list[Timeline]:
    """Give the kept timelines, oldest first; none where the file is missing or damaged."""
    try:
        raw = json.loads(world.files.read(_path(target)) or b"")
        return [_loaded(item) for item in raw["starts"]] if raw["schema"] == SCHEMA else []
    except (ValueError, KeyError, TypeError):
        return []


def timelines(world: World, target: Target, last: int) -> list[Timeline]:
    """Give the last timelines, newest last; the engine's own where the containers are not those that were kept.

    Raises ConfigError, EngineError.
    """
    kept = read_timelines(world, target)
    scene = look(world, with_generated(target))
    now = timeline_of(scene.stack, scene.containers)
    known = {(span.container, span.started) for item in kept for span in item.spans}
    if now is not None and any((span.container, span.started) not in known for span in now.spans):
        kept = [*kept, _completed(now, kept)]
    return kept[-last:]


def _completed(now: Timeline, kept: Sequence[Timeline]) -> Timeline:
    """Put in what a full probe log has lost and an earlier look has kept."""
    known = {(span.container, span.started): span for item in kept for span in item.spans}
    return Timeline(tuple(known.get((span.container, span.started), span) for span in now.spans))


def _path(target: Target) -> Path:
    return scratch(target.root, target.project) / FILE


def _dumped(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "service": span.service,
            "container": span.container,
            "created": _text(span.created),
            "started": _text(span.started),
            "first_probe": _text(span.first_probe),
            "ready": _text(span.ready),
            "waited_for": list(span.waited_for),
        }
        for span in timeline.spans
    ]


def _loaded(rows: Sequence[dict[str, Any]]) -> Timeline:
    spans = [
        Span(
            str(row["service"]),
            str(row["container"]),
            _time(row["created"]),
            datetime.fromisoformat(row["started"]),
            _time(row["first_probe"]),
            _time(row["ready"]),
            tuple(row["waited_for"]),
        )
        for row in rows
    ]
    if not spans:
        raise ValueError
    return Timeline(tuple(spans))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
