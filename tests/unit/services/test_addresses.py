from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.values import Binding
from stackctl.services.addresses import Address, addresses
from stackctl.services.known_ports import scheme_of


def published(container: int, host: int = 0, ip: str = "127.0.0.1") -> Binding:
    return Binding(ip, host or container, container, "tcp")


def test_a_known_service_has_its_login_and_no_password() -> None:
    (address,) = addresses("db", "mongo:8", {}, [published(27017, 27018)])
    assert address == Address("db", "MongoDB", "mongodb://127.0.0.1:27018", "root", "mongo_root", "/?authSource=admin")


def test_the_main_address_comes_first_and_has_the_login() -> None:
    found = addresses("jaeger", "jaegertracing/jaeger:2", {}, [published(4318), published(4317), published(16686)])
    assert [address.url for address in found] == [
        "http://127.0.0.1:16686",
        "grpc://127.0.0.1:4317",
        "http://127.0.0.1:4318/v1/traces",
    ]
    assert [address.label for address in found] == ["Jaeger", "OTLP gRPC", "OTLP HTTP"]
    (grafana,) = addresses("g", "grafana/grafana", {}, [published(3000)])
    assert (grafana.user, grafana.secret) == ("admin", "grafana_admin")


def test_a_port_that_the_driver_does_not_know_comes_after_those_it_knows() -> None:
    found = addresses("db", "mongo:8", {}, [published(8080), published(27017)])
    assert [(address.url, address.user) for address in found] == [
        ("mongodb://127.0.0.1:27017", "root"),
        ("http://127.0.0.1:8080", ""),
    ]


def test_an_unknown_service_is_spoken_to_as_its_port_is_usually() -> None:
    found = addresses("web", "acme/web:1", {}, [published(9999), published(5432), published(8080)])
    assert [address.url for address in found] == [
        "postgresql://127.0.0.1:5432",
        "http://127.0.0.1:8080",
        "tcp://127.0.0.1:9999",
    ]
    assert {address.label for address in found} == {"web"}


def test_labels_say_scheme_and_path() -> None:
    labels = {"stackctl.scheme": "https", "stackctl.path": "/docs"}
    (address,) = addresses("web", "acme/web:1", labels, [published(9999)])
    assert address.url == "https://127.0.0.1:9999/docs"


@pytest.mark.parametrize("ip", ["", "0.0.0.0", "::"])
def test_every_address_means_this_machine(ip: str) -> None:
    (address,) = addresses("web", "x", {}, [published(80, 8080, ip)])
    assert address.url == "http://127.0.0.1:8080"


def test_another_address_is_kept() -> None:
    (address,) = addresses("web", "x", {}, [published(80, 8080, "10.0.0.5")])
    assert address.url == "http://10.0.0.5:8080"


def test_an_ipv6_address_stands_in_brackets() -> None:
    (address,) = addresses("web", "x", {}, [published(80, 8080, "fd00::1")])
    assert address.url == "http://[fd00::1]:8080"


def test_one_address_on_ipv4_and_ipv6_is_told_once() -> None:
    both = [published(80, 8080, "0.0.0.0"), published(80, 8080, "::")]
    assert len(addresses("web", "x", {}, both)) == 1


def test_what_publishes_nothing_has_no_address() -> None:
    assert addresses("web", "x", {}, []) == []


@pytest.mark.parametrize(("port", "scheme"), [(443, "https"), (6379, "redis"), (80, "http"), (12345, "tcp")])
def test_well_known_ports(port: int, scheme: str) -> None:
    assert scheme_of(port) == scheme


def test_a_connection_uri_is_percent_encoded() -> None:
    (mongo,) = addresses("db", "mongo:8", {}, [published(27017)])
    password = "p@ss:w/rd?#[]%ä "
    uri = urlsplit(mongo.uri("ro:ot", password))
    assert (unquote(uri.username or ""), unquote(uri.password or "")) == ("ro:ot", password)
    assert (uri.hostname, uri.port, uri.path, uri.query) == ("127.0.0.1", 27017, "/", "authSource=admin")


@given(user=st.text(min_size=1), password=st.text(min_size=1))
def test_every_login_comes_back_from_its_uri(user: str, password: str) -> None:
    (redis,) = addresses("cache", "redis:8", {}, [published(6379)])
    uri = urlsplit(redis.uri(user, password))
    assert (unquote(uri.username or ""), unquote(uri.password or ""), uri.path) == (user, password, "/0")
