"""Which process holds a port of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.doctor.addresses import overlap
from stackctl.doctor.host import Process

if TYPE_CHECKING:
    from psutil._ntuples import sconn

    from stackctl.stack.model import Port


def find_holder(port: Port) -> Process | None:
    """Give the process, without a pid where only root may see it; None where nothing is found.

    A listening socket comes first: a client's connection can stand on the same port number.
    """
    import psutil

    try:
        sockets = psutil.net_connections(port.protocol if port.protocol in ("tcp", "udp") else "inet")
    except (psutil.Error, OSError):
        return None
    on_port = [item for item in sockets if _holds(item, port)]
    listening = [item for item in on_port if item.status == psutil.CONN_LISTEN]
    for item in listening or on_port:
        if item.pid is not None:
            try:
                return Process(item.pid, psutil.Process(item.pid).name())
            except psutil.Error:
                return Process(item.pid, "")
    return Process(None, "") if on_port else None


def _holds(item: sconn, port: Port) -> bool:
    if not item.laddr or item.laddr.port != port.published:
        return False
    ip = str(item.laddr.ip).removeprefix("::ffff:")
    return overlap("" if ip == "::" else ip, port.host_ip)  # most programs listen on `::` for both families
