from __future__ import annotations

from dataclasses import replace

import pytest

from stackctl.doctor.addresses import overlap, show, wanted_ports
from stackctl.stack.model import Port
from tests.unit.doctor.fakes import published, stack_of


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", True),
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("::", "::1", True),
        ("::", "127.0.0.1", False),
        ("0.0.0.0", "::", False),
        ("0.0.0.0", "::1", False),
    ],
)
def test_overlap_is_by_family_and_wildcard(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_only_fixed_host_ports_are_wanted() -> None:
    stack = stack_of({"web": {"image": "x", "ports": [published(8080), {"target": 99, "protocol": "tcp"}]}})
    assert [wanted.port.published for wanted in wanted_ports(stack.services["web"])] == [8080]


def test_a_range_is_a_choice() -> None:
    port = {"target": 80, "published": "8080-8082", "protocol": "tcp"}
    (wanted,) = wanted_ports(stack_of({"web": {"image": "x", "ports": [port]}}).services["web"])
    assert [choice.published for choice in wanted.choices] == [8080, 8081, 8082]


def test_ports_that_were_chosen_anew_win_over_what_the_file_says() -> None:
    port = {"target": 80, "published": "8080-8082", "protocol": "tcp"}
    service = stack_of({"web": {"image": "x", "ports": [port]}}).services["web"]
    moved = replace(service, ports=(Port(80, 9000, "", "tcp"),))
    assert [wanted.choices for wanted in wanted_ports(moved)] == [(Port(80, 9000, "", "tcp"),)]
    added = replace(service, ports=(*service.ports, Port(81, 9001, "", "tcp")))
    assert [wanted.port.published for wanted in wanted_ports(added)] == [8080, 9001]


def test_the_hosts_own_network_and_no_copies_publish_nothing() -> None:
    ports = [published(8080)]
    stack = stack_of({"a": {"network_mode": "host", "ports": ports}, "b": {"scale": 0, "ports": ports}})
    assert [wanted_ports(service) for service in stack.services.values()] == [[], []]


@pytest.mark.parametrize(
    ("port", "text"),
    [
        (Port(80, 8080, "", "tcp"), "8080"),
        (Port(80, 8080, "127.0.0.1", "tcp"), "8080"),
        (Port(80, 8080, "10.0.0.7", "tcp"), "10.0.0.7:8080"),
        (Port(80, 8080, "fd00::7", "tcp"), "[fd00::7]:8080"),
        (Port(53, 53, "", "udp"), "53/udp"),
    ],
)
def test_a_port_is_shown_as_people_write_it(port: Port, text: str) -> None:
    assert show(port) == text
