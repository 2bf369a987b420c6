"""Stores that cannot be copied whole while they are written to, and need no server to be read: stopped, then copied."""

from __future__ import annotations

from stackctl.services.saving.volume import VolumeSaver


class PrometheusSaver(VolumeSaver):
    """Blocks, head and log of Prometheus as they lie; the snapshot API is off unless it was switched on."""

    kind = "prometheus"
    stop = True
    exclude = ("lock", "queries.active")


class JaegerSaver(VolumeSaver):
    """Badger's files: it locks its folder, and Jaeger offers no way to copy it while it runs."""

    kind = "jaeger"
    stop = True
