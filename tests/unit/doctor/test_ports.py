from __future__ import annotations

from typing import Any

import pytest

from stackctl.doctor.around import Neighbour
from stackctl.doctor.host import Process
from stackctl.doctor.ports import duplicates, find_clashes, next_free, port_findings
from stackctl.engine.values import Binding
from stackctl.errors import StartError
from stackctl.stack.model import Port, Stack
from tests.unit.doctor.fakes import FakeHost, published, stack_of

TAKEN = FakeHost(ports={(8080, "tcp"): "taken"}, holders={8080: Process(42, "java")})


def web(*ports: dict[str, Any], **more: Any) -> Stack:
    return stack_of({"web": {"image": "x", "ports": list(ports), **more}})


def on(number: int, ip: str = "0.0.0.0", protocol: str = "tcp") -> tuple[Binding, ...]:
    return (Binding(ip, number, 80, protocol),)


def test_a_free_port_is_no_clash() -> None:
    assert find_clashes(web(published(8080)), ["web"], [], FakeHost()) == []


def test_a_service_that_is_not_started_wants_nothing() -> None:
    assert find_clashes(web(published(8080)), [], [], TAKEN) == []


def test_the_own_running_container_is_no_clash() -> None:
    own = Neighbour("shop-web-1", True, "shop", "web", ports=on(8080))
    assert find_clashes(web(published(8080)), ["web"], [own], TAKEN) == []


def test_a_container_of_another_project_is_named_with_the_command_that_frees_it() -> None:
    other = Neighbour("blog-web-1", True, "blog", "web", "/home/me/blog", ports=on(8080))
    host = FakeHost(ports={(8080, "tcp"): "taken"}, holders={8080: Process(7, "docker-proxy")})
    (finding,) = port_findings(web(published(8080, "127.0.0.1")), ["web"], [other], host)
    assert (finding.code, finding.severity, finding.subject) == ("port-in-use", "error", "web")
    assert finding.message == "port 8080 of web is taken by container blog-web-1 of project blog"
    assert finding.hint == "free it: docker compose -p blog down; or take the next free port: --auto-ports"


def test_another_service_of_the_same_project_is_stopped_alone() -> None:
    other = Neighbour("shop-old-1", True, "shop", "old", ports=on(8080))
    (clash,) = find_clashes(web(published(8080)), ["web"], [other], TAKEN)
    assert clash.owner.free == "docker stop shop-old-1"


def test_a_container_outside_compose_is_stopped_by_name() -> None:
    (clash,) = find_clashes(web(published(8080)), ["web"], [Neighbour("lonely", True, ports=on(8080))], TAKEN)
    assert (str(clash.owner), clash.owner.free) == ("container lonely", "docker stop lonely")


def test_a_stopped_container_holds_no_port() -> None:
    stopped = Neighbour("lonely", False, ports=on(8080))
    assert find_clashes(web(published(8080)), ["web"], [stopped], FakeHost()) == []


def test_a_container_on_another_address_or_protocol_is_not_the_owner() -> None:
    others = [Neighbour("a", True, ports=on(8080, "127.0.0.2")), Neighbour("b", True, ports=on(8080, protocol="udp"))]
    (clash,) = find_clashes(web(published(8080, "127.0.0.1")), ["web"], others, TAKEN)
    assert clash.owner.kind == "process"


def test_a_process_is_named_with_its_id() -> None:
    (finding,) = port_findings(web(published(8080)), ["web"], [], TAKEN)
    assert finding.message == "port 8080 of web is taken by java (process 42)"
    assert finding.hint.startswith("free it: kill 42; ")


def test_udp_is_looked_at_as_udp() -> None:
    host = FakeHost(ports={(53, "udp"): "taken"}, holders={53: Process(1, "dnsmasq")})
    stack = web(published(53, protocol="udp"), published(53))
    assert [clash.port.protocol for clash in find_clashes(stack, ["web"], [], host)] == ["udp"]


def test_a_range_clashes_only_when_all_of_it_is_taken() -> None:
    stack = web({"target": 80, "published": "8080-8081", "protocol": "tcp"})
    assert find_clashes(stack, ["web"], [], TAKEN) == []
    host = FakeHost(ports={(8080, "tcp"): "taken", (8081, "tcp"): "taken"})
    assert len(find_clashes(stack, ["web"], [], host)) == 1


def test_a_remote_engine_is_known_by_its_containers_only() -> None:
    other = Neighbour("blog-web-1", True, "blog", "web", ports=on(8081))
    stack = web(published(8080), published(8081))
    clashes = find_clashes(stack, ["web"], [other], TAKEN, local=False)
    assert [clash.port.published for clash in clashes] == [8081]


def test_an_address_of_another_machine_is_found() -> None:
    host = FakeHost(ports={(8080, "tcp"): "no-address"})
    (finding,) = port_findings(web(published(8080, "10.9.9.9")), ["web"], [], host)
    assert finding.code == "port-address-missing"
    assert "10.9.9.9" in finding.message


def two(first: dict[str, Any], second: dict[str, Any]) -> Stack:
    return stack_of({"a": {"image": "x", "ports": [first]}, "b": {"image": "x", "ports": [second]}})


def test_two_services_on_one_port_are_a_duplicate_when_both_start() -> None:
    stack = two(published(8080), published(8080, "127.0.0.1"))
    (finding,) = duplicates(stack, ["a", "b"])
    assert (finding.code, finding.subject) == ("port-duplicate", "b")
    assert finding.message == "a and b both want the host port 8080"
    assert duplicates(stack, ["a"]) == []


def test_other_addresses_and_protocols_are_no_duplicates() -> None:
    assert duplicates(two(published(80, "127.0.0.1"), published(80, "127.0.0.2")), ["a", "b"]) == []
    assert duplicates(two(published(80), published(80, protocol="udp")), ["a", "b"]) == []


def test_one_service_with_two_targets_on_one_port_is_a_duplicate() -> None:
    (finding,) = duplicates(web(published(8080, target=80), published(8080, target=81)), ["web"])
    assert finding.message == "web publishes two of its ports on the host port 8080"


def test_copies_cannot_share_a_host_port() -> None:
    (finding,) = duplicates(web(published(8080), scale=3), ["web"])
    assert finding.code == "port-duplicate"
    assert "8080-8082" in finding.hint


def test_next_free_passes_over_taken_and_avoided_ports() -> None:
    assert next_free(Port(80, 8080, "", "tcp"), FakeHost(ports={(8081, "tcp"): "taken"}), avoid={8082}) == 8083


def test_next_free_looks_below_when_nothing_is_above() -> None:
    assert next_free(Port(80, 65535, "", "tcp"), FakeHost()) == 1024


def test_next_free_says_when_there_is_none() -> None:
    host = FakeHost(ports={(number, "tcp"): "taken" for number in range(65536)})
    with pytest.raises(StartError) as caught:
        next_free(Port(80, 8080, "", "tcp"), host)
    assert caught.value.code == "port-in-use"
