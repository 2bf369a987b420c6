from __future__ import annotations

from stackctl.doctor.around import Neighbour
from stackctl.doctor.host import Process
from stackctl.doctor.owner import container_owner, process_owner
from stackctl.stack.model import Port
from tests.unit.doctor.fakes import FakeHost

PORT = Port(80, 8080, "", "tcp")


def stackctl_container(project: str) -> Neighbour:
    folder = "/home/me/lab/stacks/core"
    return Neighbour(f"{project}-web-1", True, project, "web", folder, (f"{folder}/base.yml", f"{folder}/dev.yml"))


def test_a_stackctl_environment_is_freed_in_its_own_words() -> None:
    owner = container_owner(stackctl_container("lab-core-dev"), "shop")
    assert owner.free == "(cd /home/me/lab && stackctl down dev -s core)"


def test_an_instance_is_freed_in_composes_words_which_always_work() -> None:
    assert container_owner(stackctl_container("lab-core-dev-two"), "shop").free == (
        "docker compose -p lab-core-dev-two down"
    )


def test_a_process_that_only_root_may_see() -> None:
    owner = process_owner(PORT, FakeHost(holders={8080: Process(None, "")}))
    assert str(owner) == "a program that only root may see"
    assert owner.way_out.startswith("see who it is: sudo ")


def test_root_sees_no_owner_either() -> None:
    assert str(process_owner(PORT, FakeHost(user=0))) == "a program that cannot be seen from here"


def test_a_proxy_without_a_container_belongs_to_another_engine() -> None:
    owner = process_owner(PORT, FakeHost(holders={8080: Process(9, "docker-proxy")}))
    assert str(owner) == "docker-proxy of another Docker engine (process 9)"
    assert owner.way_out == "see who it is: docker context ls"


def test_a_process_without_a_name_has_still_an_id() -> None:
    assert str(process_owner(PORT, FakeHost(holders={8080: Process(9, "")}))) == "process 9"
