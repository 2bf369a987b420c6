"""Which driver a service has: by the label `stackctl.service`, else by its image."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import stackctl.services
from stackctl.services.base import GENERIC, Driver
from stackctl.stack.labels import SERVICE


@cache
def drivers() -> dict[str, Driver]:
    """Give every driver by name: each module of this folder that has a DRIVER."""
    found: dict[str, Driver] = {}
    for info in pkgutil.iter_modules(stackctl.services.__path__):
        driver = getattr(importlib.import_module(f"stackctl.services.{info.name}"), "DRIVER", None)
        if isinstance(driver, Driver):
            found[driver.name] = driver
    return found


def driver_for(image: str, labels: Mapping[str, str]) -> Driver:
    """Give the driver of a service, the generic one where nobody knows it."""
    named = drivers().get(labels.get(SERVICE, ""))
    if named:
        return named
    return next((driver for driver in drivers().values() if driver.matches(image)), GENERIC)


def derivers() -> dict[str, Callable[[Sequence[str]], str]]:
    """Give every way to make a file from secrets: kind → function."""
    return {kind: make for driver in drivers().values() for kind, make in driver.derive.items()}
