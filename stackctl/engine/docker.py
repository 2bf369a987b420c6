"""The real engine: the docker command line and its Compose plugin."""

from __future__ import annotations

from stackctl.engine.changing import Changing
from stackctl.engine.watching import Watching


class DockerEngine(Watching, Changing):
    """The whole door, see engine.door.Engine."""
