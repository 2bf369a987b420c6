"""Which way leads into a service, and which port is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.engine.address import EngineAddress
from stackctl.engine.run import Outcome
from stackctl.engine.values import Binding
from stackctl.errors import EngineError, Misuse, NotReady
from stackctl.lifecycle.enter import client_entry, container_of, shell_entry
from stackctl.lifecycle.forward import Page, Ports, finder, own_port, page_of, parse_ports
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import Doors, FakeEngine, container, doors, image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackctl.engine.values import Container
    from stackctl.workspace.target import Target

TOOLS = "stackctl/tools:local"
CODES = {"exec": "code", "inspect": "exposed"}


class Engine(FakeEngine):
    """`exec` ends with `code`; `inspect` prints `exposed`."""

    code = 0
    exposed = "null"

    def run(self, argv: Sequence[str], **_more: Any) -> Outcome:
        return Outcome(self.code if argv[0] == "exec" else 0, self.exposed, "container is paused", 0.0)


def made(tmp_path: Path, *there: Container, images: Sequence[str] = (TOOLS,)) -> tuple[Doors, Engine, Target]:
    engine = Engine()
    engine.there = list(there)
    engine.local = {name: image(name) for name in images}
    (tmp_path / "compose.yaml").write_text("name: shop\nservices: {web: {image: x}}\n")
    target = find_target(Place(tmp_path, plain=True), Wish(), {})
    return doors(tmp_path, engine), engine, target


def test_the_services_own_shell_comes_first(tmp_path: Path) -> None:
    web = container("web")
    the, _engine, _target = made(tmp_path, web)
    assert shell_entry(the.world, web, (), terminal=True).words[:3] == ("exec", "-it", web.id)
    assert shell_entry(the.world, web, ("ls", "-l"), terminal=False).words == ("exec", "-i", web.id, "ls", "-l")
    assert shell_entry(the.world, web, (), terminal=False).said == ""


@pytest.mark.parametrize("code", [126, 127])
def test_without_a_shell_a_helper_opens_beside_it(tmp_path: Path, code: int) -> None:
    web = container("web")
    the, engine, _target = made(tmp_path, web)
    engine.code = code
    entry = shell_entry(the.world, web, ("ls",), terminal=False)
    assert entry.words[0] == "run"
    assert {"--rm", f"container:{web.name}", f"container:{web.id}", TOOLS} <= set(entry.words)
    assert entry.words[-3:] == ("--entrypoint", "ls", TOOLS)
    assert "/proc/1/root" in entry.said


def test_no_helper_and_no_entry_are_said(tmp_path: Path) -> None:
    web = container("web")
    the, engine, _target = made(tmp_path, web, images=())
    engine.code = 127
    with pytest.raises(EngineError) as caught:
        shell_entry(the.world, web, (), terminal=True)
    assert caught.value.code == "image-not-found"
    engine.code = 1
    with pytest.raises(EngineError) as caught:
        shell_entry(the.world, web, (), terminal=True)
    assert "container is paused" in caught.value.message


def test_a_container_that_runs_is_taken_and_what_it_knows_is_hidden(tmp_path: Path) -> None:
    there = [
        container("web", number=1, state="exited"),
        container("web", number=2, environment={"API_TOKEN": "sesame-open-42"}),
    ]
    the, _engine, target = made(tmp_path, *there)
    assert container_of(the.world, target, "web") == there[1]
    assert the.world.mask("it says sesame-open-42") == "it says ***"
    with pytest.raises(Misuse):
        container_of(the.world, target, "wbe")


@pytest.mark.parametrize("there", [[], [container("web", state="exited")], [container("web", state="paused")]])
def test_what_does_not_run_is_said(tmp_path: Path, there: list[Container]) -> None:
    the, _engine, target = made(tmp_path, *there)
    with pytest.raises(NotReady) as caught:
        container_of(the.world, target, "web")
    assert caught.value.code == "not-running"


def test_the_client_is_the_drivers(tmp_path: Path) -> None:
    mongo = container("db", image="stackctl/mongodb:local")
    alone = client_entry(mongo, (), terminal=True).words
    asked = client_entry(mongo, ("--eval", "1"), terminal=False).words
    assert alone[-1] == "--shell"
    assert asked[-2:] == ("--eval", "1")
    assert "--shell" not in asked
    with pytest.raises(Misuse):
        client_entry(container("web"), (), terminal=True)


@pytest.mark.parametrize(
    ("text", "ports"),
    [("8080", Ports(8080, 8080, False)), ("81:80", Ports(81, 80, True)), ("0:80", Ports(0, 80, False))],
)
def test_ports_are_read(text: str, ports: Ports) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "70000:80", "80:", ":80", "-1", "1:2:3", "80:0"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(Misuse):
        parse_ports(text)


def test_the_port_that_a_service_is_known_for(tmp_path: Path) -> None:
    the, engine, _target = made(tmp_path)
    assert own_port(the.world, container("db", image="redis:8")) == 6379
    engine.exposed = '{"9000": {}, "53/udp": {}}'
    assert own_port(the.world, container("web")) == 9000
    engine.exposed = '{"9000/tcp": {}, "9001/tcp": {}}'
    with pytest.raises(Misuse, match="9000, 9001"):
        own_port(the.world, container("web"))


def test_a_page_is_published_known_or_named(tmp_path: Path) -> None:
    the, engine, _target = made(tmp_path)
    published = container("web", ports=(Binding("127.0.0.1", 8081, 8080, "tcp"),))
    assert page_of(the.world, published) == Page("http://127.0.0.1:8081")
    assert page_of(the.world, container("graphs", image="grafana/grafana:13")).port == 3000
    engine.exposed = '{"8080/tcp": {}}'
    assert page_of(the.world, container("web", labels={"stackctl.path": "/docs"})) == Page("", 8080, "http", "/docs")
    with pytest.raises(Misuse):
        page_of(the.world, container("db", image="redis:8"))


def test_addresses_are_used_on_this_machine_alone(tmp_path: Path) -> None:
    web = container("web", networks={"shop_default": "172.20.0.3"})
    the, engine, target = made(tmp_path, web)
    route = finder(the.world, target, "web", 80)()
    assert route is not None
    assert route.address == ("172.20.0.3", 80)
    assert route.relay[:2] == ("docker", "run")
    engine.facts_now = replace(engine.facts_now, address=EngineAddress("far", "ssh://elsewhere"))
    route = finder(the.world, target, "web", 80)()
    assert route is not None
    assert route.address is None
    engine.there = []
    assert finder(the.world, target, "web", 80)() is None
