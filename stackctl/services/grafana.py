"""Grafana."""

from stackctl.services.base import Driver, Endpoint, Login

DRIVER = Driver(
    name="grafana",
    images=("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise", "grafana", "stackctl/grafana"),
    recipe="grafana",
    endpoints=(Endpoint(3000, "http", label="Grafana"),),
    login=Login("admin", "grafana_admin"),
    probe="http",
    probe_path="/api/health",
    data=("/var/lib/grafana",),
)
