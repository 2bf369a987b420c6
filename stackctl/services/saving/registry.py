"""Which saver a driver has; everything else is a volume."""

from __future__ import annotations

import importlib
from typing import Any

_SAVERS = {
    "mongodb": ("mongodb", "MongoSaver"),
    "redis": ("redis", "RedisSaver"),
    "prometheus": ("stopped", "PrometheusSaver"),
    "grafana": ("grafana", "GrafanaSaver"),
    "jaeger": ("stopped", "JaegerSaver"),
    "volume": ("volume", "VolumeSaver"),
}


def has_own(driver: str) -> bool:
    """Say whether a driver saves its data in a way of its own."""
    return driver in _SAVERS and driver != "volume"


def saver_for(kind: str) -> Any:
    """Give the saver of a kind, as it stands in a manifest. Raises KeyError for an unknown one."""
    module, name = _SAVERS[kind]
    return getattr(importlib.import_module(f"stackctl.services.saving.{module}"), name)()
