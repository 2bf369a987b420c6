"""The environment that Compose would give a service's containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.stack.model import Service


def environment_of(service: Service) -> dict[str, str]:
    """Give name → value as the container would see it.

    Compose prints each `$` of a value twice, so that its output is a Compose file again. A name without a value is one
    that nobody sets: the container does not get it.
    """
    return {name: str(value).replace("$$", "$") for name, value in service.environment.items() if value is not None}
