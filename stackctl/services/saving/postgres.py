"""PostgreSQL: the whole cluster as it lies, copied while it is stopped; a running server's files are not one state."""

from __future__ import annotations

from stackctl.services.saving.volume import VolumeSaver


class PostgresSaver(VolumeSaver):
    """Every file of the cluster but the lock of a running server."""

    kind = "postgres"
    stop = True
    exclude = ("postmaster.pid",)
