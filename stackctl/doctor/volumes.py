"""Volumes that exist with another definition: Compose would offer to recreate them, which loses the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stackctl.engine.values import CONFIG_HASH_LABEL, PROJECT_LABEL
from stackctl.errors import Finding
from stackctl.mask import HIDDEN

if TYPE_CHECKING:
    from stackctl.doctor.around import VolumeFacts
    from stackctl.doctor.ground import Ground
    from stackctl.stack.model import VolumeDef

_COMPOSE_LABELS = "com.docker.compose."


def volume_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each volume of the project whose driver, options or labels are not those of the model."""
    used = {mount.source for service in ground.starting() for mount in service.mounts if mount.kind == "volume"}
    findings = []
    for key, volume in ground.stack.volumes.items():
        facts = ground.around.volumes.get(volume.name)
        if key not in used or volume.external or facts is None:
            continue
        owner = facts.labels.get(PROJECT_LABEL, "")
        if owner != ground.stack.name:
            findings.append(_foreign(volume, owner))
        else:
            findings += _changed(volume, facts)
    return findings


def _changed(volume: VolumeDef, facts: VolumeFacts) -> list[Finding]:
    wanted_driver = str(volume.raw.get("driver") or "local")
    changes = []
    if facts.driver != wanted_driver:
        changes.append(f"driver {facts.driver} → {wanted_driver}")
    if not _same(facts.options, _texts(volume.raw.get("driver_opts"))):
        changes.append("driver options")
    # Compose compares a volume by a hash that newer ones leave on it. Without that mark it never asks: labels that
    # differ are then only labels, while another driver or other options still mean other data.
    asks = CONFIG_HASH_LABEL in facts.labels
    own = {key: value for key, value in facts.labels.items() if not key.startswith(_COMPOSE_LABELS)}
    relabelled = not _same(own, _texts(volume.raw.get("labels")))
    if relabelled and (asks or changes):
        changes.append("labels")
    if changes:
        message = (
            f"the volume {volume.name} exists with another definition ({', '.join(changes)}); a new one loses its data"
        )
        hint = f"take the change back, or save the data and remove it yourself: docker volume rm {volume.name}"
        return [Finding("volume-changed", "error", volume.key, message, hint)]
    if relabelled:
        message = f"the volume {volume.name} keeps the labels that it was made with"
        return [Finding("volume-changed", "warning", volume.key, message, "its data is not affected")]
    return []


def _foreign(volume: VolumeDef, owner: str) -> Finding:
    whose = f"belongs to the project {owner}" if owner else "was not made by Compose"
    message = f"the volume {volume.name} exists and {whose}; it will be used as it is"
    hint = f"say so in the file (external: true), or give {volume.key} another name"
    return Finding("volume-foreign", "warning", volume.key, message, hint)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): _text(item) for key, item in value.items()}


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _same(actual: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return actual.keys() == wanted.keys() and all(_equal(value, wanted[key]) for key, value in actual.items())


def _equal(actual: str, wanted: str) -> bool:
    """Compare with what the mask left of it: a password in mount options (`o: username=…,password=…`) is hidden."""
    pattern = ".*".join(re.escape(part) for part in actual.split(HIDDEN))
    return re.fullmatch(pattern, wanted, re.DOTALL) is not None
