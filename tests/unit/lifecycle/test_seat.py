"""An instance's ports: taken once, remembered, given to variables, and never a neighbour's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.doctor.host import Process
from stackctl.errors import Refused
from stackctl.lifecycle.environment import apply_environment, plan_environment
from stackctl.lifecycle.facts import no_value
from stackctl.lifecycle.ports import remembered
from stackctl.lifecycle.seat import port_variables, reserved, seat_of, take_seat
from stackctl.workspace.home import home
from stackctl.workspace.register import read_register
from stackctl.workspace.target import Wish
from tests.unit.fakes import container
from tests.unit.lifecycle.made import Shop, make_shop

if TYPE_CHECKING:
    from pathlib import Path

PORTS = """
services:
  web:
    image: x
    ports:
      - "127.0.0.1:${WEB_PORT:-8080}:80"
      - "${BIND:-127.0.0.1}:${ADMIN_PORT-8081}:${INNER:-81}"
      - 7000:7000
      - {target: 90, published: "${LONG_PORT:-9090}"}
      - "${RANGE:-8000-8002}:9000-9002"
    environment: {LINK: "http://127.0.0.1:${WEB_PORT:-8080}", OTHER: "${OTHER_PORT:-5000}"}
"""


@pytest.fixture
def review(shop: Shop) -> Shop:
    """The workspace as the instance `review`."""
    (shop.core / "base.yml").write_text(PORTS)
    shop.wish = Wish(instance="review")
    return shop


def taken(shop: Shop, *ports: int) -> None:
    shop.doors.host.taken = {port: Process(1, "java") for port in ports}


def start(shop: Shop, **request: Any) -> None:
    take_seat(shop.doors.world, shop.target)
    shop.up(**request)


def own_file(shop: Shop) -> str:
    return (shop.root / ".stackctl" / shop.target.project / "instance.env").read_text()


def test_what_is_no_instance_has_no_seat(shop: Shop) -> None:
    assert seat_of(shop.doors.world, shop.target) is None
    take_seat(shop.doors.world, shop.target)
    assert read_register(home(shop.doors.shell), shop.doors.world.files).seats == ()


def test_variables_that_publish_a_port_get_one_of_the_block(review: Shop) -> None:
    start(review)
    assert review.plan().env.ports == {"WEB_PORT": 21000, "ADMIN_PORT": 21001, "LONG_PORT": 21002}
    assert "WEB_PORT=21000\nADMIN_PORT=21001\nLONG_PORT=21002\n" in own_file(review)
    assert "secrets" in own_file(review)
    seat = seat_of(review.doors.world, review.target)
    assert seat is not None
    assert seat.variables == {"WEB_PORT": 21000, "ADMIN_PORT": 21001, "LONG_PORT": 21002}


def test_a_port_that_is_a_number_is_moved_by_the_overlay_and_stays_there(review: Shop) -> None:
    start(review)
    key = "web:127.0.0.1:8080/tcp"  # the model says a number, as Compose does where the file does
    assert remembered(review.doors.world, review.target.project) == {key: 21003}
    assert '"21003"' in (review.root / ".stackctl" / review.target.project / "overlay.yml").read_text()
    assert review.plan().unchanged
    review.up()
    assert remembered(review.doors.world, review.target.project) == {key: 21003}


def test_a_plan_alone_takes_nothing(review: Shop) -> None:
    assert review.plan().env.ports["WEB_PORT"] == 21000
    assert read_register(home(review.doors.shell), review.doors.world.files).seats == ()


def test_two_instances_share_no_port(review: Shop) -> None:
    start(review)
    first = set(review.plan().env.ports.values()) | set(remembered(review.doors.world, review.target.project).values())
    review.wish = Wish(instance="other")
    start(review)
    second = set(review.plan().env.ports.values()) | set(remembered(review.doors.world, review.target.project).values())
    assert second
    assert not first & second
    assert first | second <= reserved(review.doors.world)


def test_a_block_with_a_foreign_program_in_it_is_passed_over(review: Shop) -> None:
    taken(review, 21007)
    start(review)
    assert review.plan().env.ports["WEB_PORT"] == 21050


def test_a_port_is_kept_while_the_own_container_has_it_and_left_to_a_foreign_program(review: Shop) -> None:
    from stackctl.engine.values import Binding

    start(review)
    seat = seat_of(review.doors.world, review.target)
    assert seat is not None
    taken(review, 21000)
    own = container("web", project=review.target.project, ports=(Binding("127.0.0.1", 21000, 80, "tcp"),))
    review.engine.there = [own]
    assert port_variables(review.doors.world, review.target, seat, no_value)["WEB_PORT"] == 21000
    review.engine.there = []
    ports = port_variables(review.doors.world, review.target, seat, no_value)
    assert ports["WEB_PORT"] == 21003
    assert (ports["ADMIN_PORT"], ports["LONG_PORT"]) == (21001, 21002)


def test_a_clash_moves_within_the_block_without_a_question(review: Shop) -> None:
    start(review)
    review.engine.there = []
    taken(review, 21003)
    assert list(review.plan().moves.values()) == [21004]


def test_a_variable_of_the_shell_is_the_users(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, WEB_PORT="4000")
    (shop.core / "base.yml").write_text(PORTS)
    shop.wish = Wish(instance="review")
    assert "WEB_PORT" not in plan_environment(shop.doors.world, shop.target).ports


def test_the_same_name_in_another_folder_is_refused_while_that_folder_is_there(review: Shop, tmp_path: Path) -> None:
    take_seat(review.doors.world, review.target)
    other = replace(review.target, root=tmp_path / "elsewhere")
    with pytest.raises(Refused) as caught:
        take_seat(review.doors.world, other)
    assert caught.value.code == "foreign-project"
    assert str(review.root) in caught.value.message
    with pytest.raises(Refused):
        seat_of(review.doors.world, other)
    review.root.rename(tmp_path / "moved")
    take_seat(review.doors.world, other)
    seat = seat_of(review.doors.world, other)
    assert seat is not None
    assert (seat.root, seat.first) == (str(other.root), 21000)


def test_a_block_that_is_used_up_is_said(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, STACKCTL_PORT_BLOCK="2")
    (shop.core / "base.yml").write_text(PORTS)
    shop.wish = Wish(instance="review")
    with pytest.raises(Refused) as caught:
        shop.plan()
    assert caught.value.code == "ports-exhausted"
    assert not (shop.home / "instances.json").exists()


def test_an_instance_of_a_plain_project_keeps_its_env_file(tmp_path: Path) -> None:
    from stackctl.workspace.find import Place, find_target

    shop = make_shop(tmp_path)
    root = tmp_path / "plain"
    root.mkdir()
    (root / "compose.yaml").write_text(PORTS)
    (root / ".env").write_text("WEB_PORT=6000\n")
    target = find_target(Place(root, plain=True), Wish(instance="review"), shop.doors.shell)
    take_seat(shop.doors.world, target)
    plan = plan_environment(shop.doors.world, target)
    assert plan.target.env_files == (root / ".env", root / ".stackctl" / "plain-review" / "instance.env")
    assert plan.ports["WEB_PORT"] == 21000
    apply_environment(shop.doors.world, plan)
    assert "WEB_PORT=21000\n" in plan.target.env_files[1].read_text()
    assert plan_environment(shop.doors.world, target).empty
