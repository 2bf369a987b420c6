from __future__ import annotations

from stackctl.doctor.around import Around, Neighbour, VolumeFacts
from stackctl.doctor.externals import external_findings, name_findings, subnet_findings
from tests.unit.doctor.fakes import ground_of, stack_of

OUTSIDE = stack_of(
    {
        "web": {
            "image": "x",
            "networks": {"edge": None},
            "volumes": [{"type": "volume", "source": "data", "target": "/d"}],
        }
    },
    networks={"edge": {"name": "company-edge", "external": True}, "unused": {"name": "u", "external": True}},
    volumes={"data": {"name": "company-data", "external": True}},
)


def test_missing_external_things_are_named_with_the_command_that_makes_them() -> None:
    network, volume = external_findings(ground_of(OUTSIDE))
    assert (network.code, volume.code) == ("network-missing", "volume-missing")
    assert network.hint.endswith("docker network create company-edge")
    assert volume.subject == "web"


def test_present_external_things_are_fine() -> None:
    around = Around(networks={"company-edge": ()}, volumes={"company-data": VolumeFacts("local", {}, {})})
    assert external_findings(ground_of(OUTSIDE, around=around)) == []


def test_a_container_name_of_somebody_else() -> None:
    stack = stack_of({"web": {"image": "x", "container_name": "db"}})
    around = Around((Neighbour("db", True, "blog"),))
    (finding,) = name_findings(ground_of(stack, around=around))
    assert finding.code == "name-in-use"
    assert "a container of project blog" in finding.message
    assert "docker rm -f db" in finding.hint


def test_the_own_containers_name_is_fine() -> None:
    stack = stack_of({"web": {"image": "x", "container_name": "db"}})
    assert name_findings(ground_of(stack, around=Around((Neighbour("db", True, "shop"),)))) == []


def test_composes_own_name_can_be_taken_too() -> None:
    stack = stack_of({"web": {"image": "x"}})
    (finding,) = name_findings(ground_of(stack, around=Around((Neighbour("shop-web-1", False),))))
    assert "outside any project" in finding.message
    assert "docker rm shop-web-1" in finding.hint


def test_a_subnet_that_overlaps_an_existing_network() -> None:
    stack = stack_of(
        {"web": {"image": "x", "networks": {"n": None}}},
        networks={"n": {"name": "shop_n", "ipam": {"config": [{"subnet": "172.30.1.0/24"}]}}},
    )
    around = Around(networks={"other": ("172.30.0.0/16",), "v6": ("fd00::/64",)})
    (finding,) = subnet_findings(ground_of(stack, around=around))
    assert (finding.code, finding.subject) == ("subnet-overlap", "n")
    assert "docker network rm other" in finding.hint
    builtin = Around(networks={"bridge": ("172.30.0.0/16",)})
    assert "rm" not in subnet_findings(ground_of(stack, around=builtin))[0].hint
    exists = Around(networks={"shop_n": ("172.30.1.0/24",), "other": ("172.30.0.0/16",)})
    assert subnet_findings(ground_of(stack, around=exists)) == []
