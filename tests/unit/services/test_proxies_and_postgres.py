"""What the drivers of NGINX and PostgreSQL, and the label `stackctl.probe`, read."""

from __future__ import annotations

import re

import pytest

from stackctl.services import nginx, postgres
from stackctl.services.addresses import addresses
from stackctl.services.registry import driver_for


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("2026-11-21 14:00:00.123 UTC [1] LOG:  ready", "info", "ready"),
        ("2026-11-21 14:00:00.123 UTC [77] FATAL:  no such role", "fatal", "no such role"),
        ("2026-11-21 14:00:00 GMT [77] DEBUG1:  looking", "debug", "looking"),
    ],
)
def test_lines_of_postgres(line: str, level: str, message: str) -> None:
    found = postgres.read_text(line)
    assert found is not None
    assert (found.level, found.message) == (level, message)


def test_lines_of_nginx() -> None:
    error = nginx.read_error("2026/11/21 14:00:00 [emerg] 7#7: no port")
    assert error is not None
    assert (error.level, error.message, error.fields) == ("fatal", "no port", {"pid": "7"})
    access = nginx.read_access('172.1.0.1 - - [21/Nov/2026:14:00:00 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl/8"')
    assert access is not None
    assert access.level == "error"
    assert access.fields == {"client": "172.1.0.1", "method": "GET", "path": "/a", "status": 502, "bytes": 157}
    assert nginx.read_access("something else") is None
    assert postgres.read_text("something else") is None


@pytest.mark.parametrize(
    ("driver", "line", "code"),
    [
        (
            nginx,
            'nginx: [emerg] cannot load certificate "/run/secrets/c": PEM_read_bio() failed',
            "service-config-invalid",
        ),
        (
            nginx,
            'nginx: [emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:9',
            "dependency-unknown-host",
        ),
        (nginx, "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "permission-denied"),
        (
            nginx,
            'nginx: [emerg] mkdir() "/var/lib/nginx/body" failed (30: Read-only file system)',
            "read-only-filesystem",
        ),
        (postgres, "Error: Database is uninitialized and superuser password is not specified.", "variable-missing"),
        (postgres, 'FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership', "permission-denied"),
    ],
)
def test_their_own_words_for_what_goes_wrong(driver: object, line: str, code: str) -> None:
    failures = driver.FAILURES  # type: ignore[attr-defined]  # both modules have it
    assert next(item.code for item in failures if re.search(item.pattern, line)) == code


def test_a_probe_by_label_tells_how_a_service_is_asked() -> None:
    driver = driver_for("ghcr.io/a/b:1", {"stackctl.probe": "8080/api/v1/health"})
    assert (driver.probe, driver.endpoints[0].port, driver.probe_path) == ("http", 8080, "/api/v1/health")
    proxy = driver_for("nginx:1.28", {"stackctl.probe": "8080/nginx-health"})
    assert [item.port for item in proxy.endpoints] == [8080, 80, 443, 8443]


@pytest.mark.parametrize("text", ["", "health", "0/x", "70000/x", "eighty/x"])
def test_a_probe_without_a_port_has_no_effect(text: str) -> None:
    assert driver_for("ghcr.io/a/b:1", {"stackctl.probe": text}).probe == "tcp"


def test_a_store_keeps_its_own_probe() -> None:
    assert driver_for("redis:8", {"stackctl.probe": "8080/"}).probe == "redis"


class Port:
    host_ip, host_port, container_port = "127.0.0.1", 5432, 5432


def test_a_label_names_the_user_of_a_store() -> None:
    (found,) = addresses("db", "postgres:17", {"stackctl.user": "codegraph"}, [Port()])
    assert (found.user, found.url) == ("codegraph", "postgresql://127.0.0.1:5432")
