"""Whether two merged models are the same but for labels that were added on purpose, which are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.onboard.suggest import Suggestion


def differences(before: Any, after: Any, added: Sequence[Suggestion] = ()) -> list[str]:
    """Give where two models differ, as paths. Each added label must be there, and new, and is then passed over."""
    missing = [item for item in added if _labels(after, item).get(item.label) != item.value]
    known = [item for item in added if item.label in _labels(before, item)]
    places = [f"services.{item.service}.labels.{item.label}" for item in (*missing, *known)]
    return [*places, *_differences(before, _without(after, added), "")]


def _labels(model: Any, item: Suggestion) -> Mapping[str, Any]:
    return (model["services"].get(item.service) or {}).get("labels") or {}


def _without(model: Mapping[str, Any], added: Sequence[Suggestion]) -> Mapping[str, Any]:
    services = dict(model.get("services") or {})
    for item in added:
        service = dict(services.get(item.service) or {})
        rest = {key: value for key, value in (service.pop("labels", None) or {}).items() if key != item.label}
        services[item.service] = {**service, "labels": rest} if rest else service
    return {**model, "services": services}


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif before != after:
        yield place
