"""Which saver a driver has; everything else is a volume."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

_SAVERS = {
    "mongodb": ("mongodb", "MongoSaver"),
    "redis": ("redis", "RedisSaver"),
    "prometheus": ("prometheus", "PrometheusSaver"),
    "prometheus-snapshot": ("prometheus", "PrometheusSnapshotSaver"),
    "grafana": ("grafana", "GrafanaSaver"),
    "jaeger": ("jaeger", "JaegerSaver"),
    "postgres": ("postgres", "PostgresSaver"),
    "volume": ("volume", "VolumeSaver"),
}


KINDS = frozenset(_SAVERS)


def has_own(driver: str) -> bool:
    """Say whether a driver saves its data in a way of its own."""
    return driver in _SAVERS and driver != "volume"


def kind_for(driver: str, words: Sequence[str]) -> str:
    """Give the kind in which a running service of a driver is saved; `words` are those of its command."""
    module, _name = _SAVERS[driver]
    choose = getattr(importlib.import_module(f"stackctl.services.saving.{module}"), "kind_for", None)
    return str(choose(words)) if choose else driver


def saver_for(kind: str) -> Any:
    """Give the saver of a kind, as it stands in a manifest. Raises KeyError for an unknown one."""
    module, name = _SAVERS[kind]
    return getattr(importlib.import_module(f"stackctl.services.saving.{module}"), name)()
