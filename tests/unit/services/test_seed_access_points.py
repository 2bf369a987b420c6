"""The access-point tables of the four systems that the seed stacks were made after are what `urls` would print.

Compose says which ports their files publish (it needs no engine for that), and the addresses follow from those.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stackctl.services.addresses import addresses
from tests.engine.seeds import model


@dataclass(frozen=True)
class Port:
    host_ip: str
    host_port: int
    container_port: int


# Service → the address that its document gives, with 127.0.0.1 for `localhost`, and who logs in.
TABLES = {
    "vectora": {
        "vectora": ("http://127.0.0.1:8080", ""),
        "mongodb": ("mongodb://127.0.0.1:27017", "vectora"),
        "redis": ("redis://127.0.0.1:6379", "default"),  # `urls` leaves the login out: no password is kept for it
    },
    "codegraph": {
        "codegraph-api": ("http://127.0.0.1:3000", ""),
        "grafana": ("http://127.0.0.1:3001", "admin"),
        "jupyter": ("http://127.0.0.1:8888", ""),
        "adminer": ("http://127.0.0.1:8081", ""),
        "prometheus": ("http://127.0.0.1:9090", ""),
    },
    "nexus": {
        "orchestrator": ("http://127.0.0.1:8080", ""),
        "admin-dashboard": ("http://127.0.0.1:8088", ""),
        "grafana": ("http://127.0.0.1:3000", "admin"),
        "prometheus": ("http://127.0.0.1:9090", ""),
        "jaeger": ("http://127.0.0.1:16686", ""),
    },
    "starmap": {"starmap": ("http://127.0.0.1:8080/api/v1/health", "")},
}


@pytest.mark.parametrize("stack", TABLES)
def test_the_access_points_of_the_document_are_the_addresses_of_the_stack(stack: str) -> None:
    found = {}
    for name, service in model(stack, "dev", "*")["services"].items():
        ports = [
            Port(port.get("host_ip", ""), int(port["published"]), port["target"]) for port in service.get("ports", ())
        ]
        listed = addresses(name, service["image"], service.get("labels") or {}, ports)
        if listed:
            found[name] = (listed[0].url, listed[0].user)
    assert {name: found.get(name) for name in TABLES[stack]} == TABLES[stack]
