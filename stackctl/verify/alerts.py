"""Which alerts fire now, and where to look at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.verify import grafana_api as grafana
from stackctl.verify import prometheus_api as prometheus

if TYPE_CHECKING:
    from stackctl.verify.site import Site

ORDER = {"critical": 0, "warning": 1}


@dataclass(frozen=True)
class Alert:
    """One alert: `state` is firing or pending, `url` the address of the panel that shows it."""

    name: str
    state: str
    severity: str
    summary: str
    description: str
    since: str
    url: str


def alerts(site: Site) -> list[Alert]:
    """Give what fires or is about to, the gravest first.

    Raises Misuse where there is no Prometheus, OSError where it does not answer.
    """
    if not prometheus.base(site):
        here = prometheus.ABSENT if site.kind("prometheus") is None else prometheus.UNREACHED
        raise Misuse(f"no alerts: {here}", "see what runs: stackctl status", code="no-prometheus")
    found = []
    for row in site.json(f"{prometheus.base(site)}/api/v1/alerts")["data"]["alerts"]:
        labels, notes = row.get("labels") or {}, row.get("annotations") or {}
        board, panel = notes.get("dashboard", ""), notes.get("panel", "")
        page = f"{grafana.base(site)}/d/{board}" + (f"?viewPanel={panel}" if panel else "")
        found.append(
            Alert(
                str(labels.get("alertname", "")),
                str(row.get("state", "")),
                str(labels.get("severity", "")),
                str(notes.get("summary", "")),
                str(notes.get("description", "")),
                str(row.get("activeAt", "")),
                page if board and grafana.base(site) else "",
            )
        )
    return sorted(found, key=lambda item: (item.state != "firing", ORDER.get(item.severity, 2), item.name))
