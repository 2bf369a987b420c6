"""Prometheus."""

from stackctl.services.base import Driver, Endpoint

DRIVER = Driver(
    name="prometheus",
    images=("prom/prometheus", "prometheus", "stackctl/prometheus"),
    recipe="prometheus",
    endpoints=(Endpoint(9090, "http", label="Prometheus"),),
    probe="http",
    probe_path="/-/ready",
    data=("/prometheus",),
)
