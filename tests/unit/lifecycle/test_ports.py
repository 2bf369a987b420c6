from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackctl.doctor.host import Process
from stackctl.errors import StartError
from stackctl.lifecycle.ports import ON_LOOPBACK, moved, remember, remembered, with_ports
from stackctl.stack.model import Port
from tests.unit.fakes import FakeEngine, container, doors, stack_of

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.doctor.ports import PortClash
    from tests.unit.lifecycle.made import Shop

KEY = "web:127.0.0.1:8080/tcp"


def occupied(shop: Shop, *ports: int) -> None:
    shop.doors.host.taken = {port: Process(42, "java") for port in ports}


def test_a_taken_port_is_refused_where_nobody_can_be_asked(shop: Shop) -> None:
    occupied(shop, 8080)
    with pytest.raises(StartError) as caught:
        shop.plan()
    assert (caught.value.exit_code, caught.value.code) == (5, "port-in-use")
    assert "java (process 42)" in caught.value.message
    assert shop.engine.verbs() == []


def test_the_next_free_port_is_picked_where_that_was_asked_for(shop: Shop) -> None:
    occupied(shop, 8080, 8081)
    plan = shop.plan(auto_ports=True)
    assert plan.moves == {KEY: 8082}
    assert plan.overlay.ports == {"web": (Port(80, 8082, "127.0.0.1", "tcp"),)}
    assert "publish web on port 8082" in [str(step) for step in plan.steps()]


def test_a_port_that_another_service_wants_is_not_picked(shop: Shop) -> None:
    shop.service("extra")["ports"] = [{"target": 80, "published": "8081", "protocol": "tcp"}]
    occupied(shop, 8080)
    assert shop.plan(auto_ports=True).moves == {KEY: 8082}


def test_two_clashes_do_not_get_the_same_port(shop: Shop) -> None:
    shop.service("extra")["ports"] = [{"target": 80, "published": "8081", "protocol": "tcp"}]
    occupied(shop, 8080, 8081)
    assert sorted(shop.plan(auto_ports=True).moves.values()) == [8082, 8083]


def test_the_user_can_say_yes_or_no(shop: Shop) -> None:
    occupied(shop, 8080)
    asked: list[tuple[str, int]] = []

    def answer(clash: PortClash, free: int) -> bool:
        asked.append((clash.service, free))
        return True

    assert shop.plan(ask_port=answer).moves == {KEY: 8081}
    assert asked == [("web", 8081)]
    with pytest.raises(StartError):
        shop.plan(ask_port=lambda _clash, _free: False)


def test_a_moved_port_is_remembered_although_the_old_one_is_free_again(shop: Shop) -> None:
    occupied(shop, 8080)
    shop.up(auto_ports=True)
    occupied(shop)
    plan = shop.plan()
    assert plan.unchanged
    assert plan.moves == {KEY: 8081}
    assert '"8081"' in (shop.root / ".stackctl" / "shop-core-dev" / "overlay.yml").read_text()


def test_another_environment_does_not_share_the_memory(shop: Shop) -> None:
    remember(shop.doors.world, "shop-core-dev", {KEY: 8081})
    assert remembered(shop.doors.world, "shop-core-prod") == {}


def test_a_moved_port_can_move_again(shop: Shop) -> None:
    occupied(shop, 8080)
    shop.up(auto_ports=True)
    shop.engine.there = []
    occupied(shop, 8080, 8081)
    plan = shop.plan(auto_ports=True)
    assert plan.moves == {KEY: 8082}


def test_moves_can_be_forgotten(shop: Shop) -> None:
    occupied(shop, 8080)
    shop.up(auto_ports=True)
    occupied(shop)
    plan = shop.plan(reset_ports=True)
    assert plan.moves == {}
    assert plan.overlay.ports == {}


def test_forgotten_moves_are_gone_after_the_start(shop: Shop) -> None:
    occupied(shop, 8080)
    shop.up(auto_ports=True)
    occupied(shop)
    assert not shop.plan(reset_ports=True).unchanged
    shop.up(reset_ports=True)
    assert remembered(shop.doors.world, "shop-core-dev") == {}
    assert not list(shop.root.glob(".stackctl/*/overlay.yml"))


def test_the_own_running_container_is_no_clash(running: Shop) -> None:
    occupied(running, 8080)
    running.engine.neighbours = [
        "\t".join(
            ("shop-core-dev-web-1", "running", "127.0.0.1:8080->80/tcp", "shop-core-dev", "web", str(running.core), "")
        )
    ]
    (running.core / "conf.d" / "a.conf").write_text("b\n")
    assert running.plan().moves == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": "b"}', "null", '{"a": null}'])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    world = doors(tmp_path, FakeEngine()).world
    path = tmp_path / "projects" / "shop" / "ports.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert remembered(world, "shop") == {}


def test_only_services_with_a_moved_port_get_a_list_and_get_the_whole_one() -> None:
    ports = [
        {"target": 80, "published": "8080", "protocol": "tcp"},
        {"target": 53, "published": "8080", "protocol": "udp"},
    ]
    stack = stack_of({"web": {"image": "x", "ports": ports}, "other": {"image": "x", "ports": ports}})
    lists = moved(stack, {"web::8080/tcp": 9000, "gone::1/tcp": 2})
    assert lists == {"web": (Port(80, 9000, "", "tcp"), Port(53, 8080, "", "udp"))}
    changed = with_ports(stack, lists)
    assert changed.services["web"].ports == lists["web"]
    assert changed.services["other"].ports == stack.services["other"].ports


def test_the_address_of_a_moved_port_is_shown(shop: Shop) -> None:
    from stackctl.engine.values import Binding
    from stackctl.lifecycle.urls import urls

    shop.engine.there = [
        container("web", project="p", ports=(Binding("127.0.0.1", 8081, 80, "tcp"),)),
        container("off", project="p", state="exited", ports=(Binding("127.0.0.1", 1, 80, "tcp"),)),
    ]
    assert [address.url for address in urls(shop.doors.world, "p")] == ["http://127.0.0.1:8081"]
    assert urls(shop.doors.world, "p", ["db"]) == []


def test_a_scratch_environment_publishes_on_the_loopback_alone() -> None:
    ports = [{"target": 80, "published": "8080", "host_ip": "0.0.0.0"}, {"target": 53, "protocol": "udp"}]
    stack = stack_of({"web": {"image": "x", "ports": ports}, "plain": {"image": "x"}})
    lists = moved(stack, {ON_LOOPBACK: 1, "web:0.0.0.0:8080/tcp": 20000})
    assert lists == {"web": (Port(80, 20000, "127.0.0.1", "tcp"), Port(53, 0, "127.0.0.1", "udp"))}
