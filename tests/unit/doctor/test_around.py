from __future__ import annotations

import pytest

from stackctl.doctor.around import bindings, neighbour, read_networks, read_volumes, survey
from stackctl.engine.values import Binding
from stackctl.errors import EngineError
from tests.unit.doctor.fakes import FakeEngine, said, stack_of


def test_the_ports_column_of_docker_ps() -> None:
    text = "9411/tcp, 127.0.0.1:4317-4318->4317-4318/tcp, [::]:80->8080/tcp, :::81->8081/tcp, 0.0.0.0:53->53/udp"
    assert bindings(text) == (
        Binding("127.0.0.1", 4317, 4317, "tcp"),
        Binding("127.0.0.1", 4318, 4318, "tcp"),
        Binding("::", 80, 8080, "tcp"),
        Binding("::", 81, 8081, "tcp"),
        Binding("0.0.0.0", 53, 53, "udp"),
    )
    assert bindings("") == ()


def test_a_line_of_docker_ps() -> None:
    item = neighbour("shop-web-1\trunning\t0.0.0.0:80->80/tcp\tshop\tweb\t/srv/shop\t/srv/shop/a.yml,/srv/shop/b.yml")
    assert (item.name, item.running, item.project, item.service) == ("shop-web-1", True, "shop", "web")
    assert item.config_files == ("/srv/shop/a.yml", "/srv/shop/b.yml")
    alone = neighbour("lonely\texited\t\t\t\t\t")
    assert (alone.running, alone.project, alone.ports) == (False, "", ())


def test_volumes_that_exist_among_some_that_do_not() -> None:
    line = 'v\tlocal\tnull\t{"com.docker.compose.project":"shop"}\n'
    engine = FakeEngine(replies=[(("volume",), said(line, 1, "Error response from daemon: get w: no such volume"))])
    found = read_volumes(engine, ["v", "w"])
    assert found["v"].options == {}
    assert found["v"].labels == {"com.docker.compose.project": "shop"}


def test_networks_with_their_subnets() -> None:
    replies = [(("ls",), said("bridge\nnone\n")), (("inspect",), said("bridge\t172.17.0.0/16 fd00::/64 \nnone\t\n"))]
    assert read_networks(FakeEngine(replies=replies)) == {"bridge": ("172.17.0.0/16", "fd00::/64"), "none": ()}


def test_a_stack_of_no_network_asks_for_none() -> None:
    engine = FakeEngine()
    survey(engine, stack_of({"web": {"image": "x"}}, networks={"default": {"name": "shop_default", "ipam": {}}}))
    assert not [argv for argv in engine.asked if argv[0] == "network"]


def test_an_engine_that_does_not_answer_is_an_engine_error() -> None:
    engine = FakeEngine(replies=[((), said("", 1, "Cannot connect to the Docker daemon at unix:///x"))])
    with pytest.raises(EngineError):
        survey(engine, stack_of({"web": {"image": "x"}}))
