from __future__ import annotations

from dataclasses import replace
from typing import Any

from stackctl.doctor.host import Process
from stackctl.doctor.preflight import failure, preflight
from stackctl.errors import Finding, Refused, StartError
from stackctl.stack.model import Stack
from tests.unit.doctor.fakes import FACTS, FILE, REMOTE, FakeHost, ground_of, published, stack_of


def whole_stack(**more: Any) -> Stack:
    return stack_of(
        {
            "web": {
                "image": "x",
                "ports": [published(8080)],
                "volumes": [{"type": "bind", "source": "/w/a.yml", "target": "/a.yml"}],
                "secrets": [{"source": "pw"}],
            }
        },
        secrets={"pw": {"file": "/s/pw"}},
        **more,
    )


def test_nothing_is_wrong() -> None:
    host = FakeHost(files={"/w/a.yml": FILE, "/s/pw": FILE})
    found = preflight(ground_of(whole_stack(), host))
    assert found == []
    assert failure(found) is None


def test_errors_come_first_and_all_are_given() -> None:
    host = FakeHost(free=10**9, ports={(8080, "tcp"): "taken"}, holders={8080: Process(4, "java")})
    found = preflight(ground_of(whole_stack(), host))
    assert [finding.code for finding in found] == [
        *("port-in-use", "bind-source-missing", "secret-unreadable", "disk-full")
    ]
    assert [finding.severity for finding in found] == ["error", "error", "error", "warning"]
    error = failure(found)
    assert isinstance(error, StartError)
    assert (error.code, len(error.findings)) == ("port-in-use", 4)


def test_a_remote_engine_is_told_why_and_nothing_of_this_machine_counts() -> None:
    host = FakeHost(free=1, ports={(8080, "tcp"): "taken"})
    found = preflight(ground_of(whole_stack(), host, facts=REMOTE))
    assert [finding.code for finding in found] == ["remote-bind", "remote-bind"]
    assert "ssh://user@far" in found[0].message
    assert isinstance(failure(found), Refused)


def test_the_engines_own_socket_may_be_mounted_anywhere() -> None:
    mount = {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"}
    stack = stack_of({"web": {"image": "x", "volumes": [mount]}})
    assert preflight(ground_of(stack, facts=REMOTE)) == []


def test_a_full_disk_is_an_error_and_one_in_a_virtual_machine_is_not_ours() -> None:
    stack = stack_of({"web": {"image": "x"}})
    (finding,) = preflight(ground_of(stack, FakeHost(free=4 * 10**8)))
    assert (finding.code, finding.severity, finding.subject) == ("disk-full", "error", "disk")
    assert "400 MB" in finding.message
    desktop = replace(FACTS, os="Docker Desktop")
    assert preflight(ground_of(stack, FakeHost(free=1), facts=desktop)) == []


def test_what_would_lose_data_is_refused_before_anything_else() -> None:
    found = [Finding("port-in-use", "error", "a", "p"), Finding("volume-changed", "error", "b", "v", "h")]
    error = failure(found)
    assert isinstance(error, Refused)
    assert (error.code, error.message, error.hint) == ("volume-changed", "v", "h")
