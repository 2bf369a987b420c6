"""Which driver a service has: by the label `stackctl.service`, else by its image; and what follows from it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import stackctl.services
from stackctl.services.base import GENERIC, Driver, Endpoint, repository_of
from stackctl.services.initial import Initial, initial_of_image
from stackctl.stack.labels import PATH, PROBE, SCHEME, SERVICE

if TYPE_CHECKING:
    from stackctl.services.derivation import Derivation


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
    driver = drivers().get(labels.get(SERVICE, ""))
    if driver is None:
        driver = next((driver for driver in drivers().values() if driver.matches(image)), GENERIC)
    return probed(driver, labels) if PROBE in labels else driver


def probed(driver: Driver, labels: Mapping[str, str]) -> Driver:
    """Give the driver with what `stackctl.probe: 8080/health` says: the HTTP port and path that tell that it is ready.

    For images without a shell or a client, whose health can only be asked from outside. A label that names no port has
    no effect, and a store keeps the probe that its own protocol has.
    """
    number, slash, path = labels[PROBE].partition("/")
    if driver.login or not (number.isascii() and number.isdigit() and 1 <= int(number) <= 65535):
        return driver
    others = tuple(item for item in driver.endpoints if item.port != int(number))
    endpoint = Endpoint(int(number), labels.get(SCHEME) or "http", labels.get(PATH, ""))
    return replace(driver, endpoints=(endpoint, *others), probe="http", probe_path=slash + path)


def initial_for(image: str, labels: Mapping[str, str]) -> Initial | None:
    """Give what a service reads only while its data is empty, None where there is nothing or nobody knows."""
    driver = driver_for(image, labels)
    if driver.initial:
        return replace(driver.initial, data=driver.data)
    return initial_of_image(repository_of(image)) if driver.name == GENERIC.name else None


def derivers() -> dict[str, Derivation]:
    """Give every way to make a file from secrets: kind → function."""
    return {kind: make for driver in drivers().values() for kind, make in driver.derive.items()}
