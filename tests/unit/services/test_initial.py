from __future__ import annotations

import pytest

from stackctl.services.registry import drivers, initial_for


@pytest.mark.parametrize(
    ("image", "variable", "data"),
    [
        ("mongo:8", "MONGO_INITDB_ROOT_PASSWORD", "/data/db"),
        ("stackctl/mongodb:local", "MONGO_INITDB_ROOT_PASSWORD", "/data/db"),
        ("grafana/grafana:13.2.0", "GF_SECURITY_ADMIN_PASSWORD", "/var/lib/grafana"),
        ("example.com/mirror/postgres:18", "POSTGRES_PASSWORD", "/var/lib/postgresql"),
        ("mariadb:11", "MARIADB_ROOT_PASSWORD", "/var/lib/mysql"),
    ],
)
def test_known_stores_name_their_variables_and_their_data(image: str, variable: str, data: str) -> None:
    found = initial_for(image, {})
    assert found is not None
    assert variable in found.variables
    assert data in found.data


@pytest.mark.parametrize("image", ["redis:8", "jaegertracing/jaeger:2", "acme/postgres-exporter:1", "nginx"])
def test_others_keep_none(image: str) -> None:
    assert initial_for(image, {}) is None


def test_a_label_names_the_driver_of_an_image_of_ones_own() -> None:
    found = initial_for("acme/store:1", {"stackctl.service": "mongodb"})
    assert found is not None
    assert found.data == drivers()["mongodb"].data
