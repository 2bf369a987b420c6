"""The real engine: the docker command line and its Compose plugin."""

from __future__ import annotations

from stackctl.engine.changing import Changing
from stackctl.engine.reading import Reading


class DockerEngine(Reading, Changing):
    """The whole door, see engine.door.Engine."""
