"""Secrets of the running containers beside those of now: Compose's own comparison does not look at their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.env.ledger import Part, Row, State
from stackctl.lifecycle.facts import ServiceFacts, service_facts
from stackctl.lifecycle.variable_facts import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stackctl.engine.values import Container
    from stackctl.lifecycle.reasons import Comparison
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest

SHOWN = 12


def secret_rows(world: World, comparison: Comparison, remade: Mapping[str, Sequence[str]], keyed: Digest) -> list[Row]:
    """Give a row for each secret that a service gets; `remade`: by service, those that the next start makes again."""
    scene, found = comparison.scene, dict[str, list[Part]]()
    values = values_of(world, scene.target, {})
    for name, service in scene.stack.services.items():
        containers = scene.of(name)
        ids = [item.id for item in containers]
        now = service_facts(scene.stack, service, ids, keyed, values)
        before = comparison.applied.started_with(name, ids)
        for secret in dict.fromkeys((*service.secrets, *(before.secrets if before else ()))):
            source = scene.stack.secrets.get(secret)
            part = _part(name, secret, now, before, newer(world, source.file if source else None, containers))
            if secret in remade.get(name, ()):
                part = Part(name, "", "", part.running, "changed")
            found.setdefault(secret, []).append(part if containers else _idle(name, now.secrets.get(secret, "")))
    rows = []
    for secret, parts in found.items():
        source = scene.stack.secrets.get(secret)
        digest = next((part.passed for part in parts if part.passed), "")
        said = str(source.file) if source and source.file else "a variable" if source else "no longer in the files"
        rows.append(Row("secret", secret, "", digest, digest, said, tuple(parts)))
    return rows


def _part(service: str, secret: str, now: ServiceFacts, before: ServiceFacts | None, is_newer: bool) -> Part:
    wanted = now.secrets.get(secret, "")
    if before is None or not before.secrets:
        state: State = "newer" if is_newer else "unknown" if not wanted else "same"
        return Part(service, "", wanted[:SHOWN], "" if state != "same" else wanted[:SHOWN], state)
    had = before.secrets.get(secret, "")
    state = "same" if had == wanted else "added" if not had else "changed" if wanted else "removed"
    return Part(service, "", wanted[:SHOWN], had[:SHOWN], state)


def _idle(service: str, wanted: str) -> Part:
    return Part(service, "", wanted[:SHOWN], "", "not running")


def newer(world: World, file: Path | None, containers: Sequence[Container]) -> bool:
    """Say whether a file was written after a container that mounts it was started.

    All that is known of a container that somebody else made: what it has read may be the old content.
    """
    facts = world.host.file(file) if file else None
    started = [item.started for item in containers if item.started]
    return bool(facts and facts.written and started and facts.written > max(started))
