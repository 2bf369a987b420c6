from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.values import Binding, container, image, parse_time

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-21T07:41:39.865338922Z", datetime(2026, 11, 21, 7, 41, 39, 865338, UTC)),
        ("2026-11-21T07:44:46.69898Z", datetime(2026, 11, 21, 7, 44, 46, 698980, UTC)),
        ("2026-11-21T07:44:46.5Z", datetime(2026, 11, 21, 7, 44, 46, 500000, UTC)),
        ("2026-11-21T07:44:46Z", datetime(2026, 11, 21, 7, 44, 46, 0, UTC)),
        ("2026-11-21T09:44:46.25+02:00", datetime(2026, 11, 21, 7, 44, 46, 250000, UTC)),
        ("2026-11-21T02:44:46.123456789-05:00", datetime(2026, 11, 21, 7, 44, 46, 123456, UTC)),
        ("2026-11-21T09:44:46+02:00", datetime(2026, 11, 21, 7, 44, 46, 0, UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_engines_time_stamps_are_read(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "0001-01-01T00:00:00Z", "yesterday", "2026-13-45T00:00:00Z", "None"])
def test_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


@given(st.text(max_size=40))
def test_no_time_stamp_raises(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.tzinfo is UTC


def test_a_healthy_container_is_read() -> None:
    core, _init, _jaeger = [container(raw) for raw in recorded("containers")]
    assert (core.name, core.service, core.number, core.project) == ("shop-core-dev-core-1", "core", 1, "shop-core-dev")
    assert (core.state, core.health, core.exit_code, core.restarts, core.running) == ("running", "healthy", 0, 0, True)
    assert core.image == "shop-core-dev-core"
    assert core.image_id.startswith("sha256:")
    assert core.working_dir == "/srv/shop/stacks/core"
    assert core.ports == (Binding("127.0.0.1", 8080, 8080, "tcp"),)
    assert core.networks == {"shop-core-dev_default": "172.20.0.7"}
    assert len(core.config_hash) == 64
    assert core.started is not None
    assert core.created is not None
    assert core.started > core.created
    assert core.finished is None
    assert [probe.exit_code for probe in core.probes] == [0, 0]
    assert core.probes[0].output == '{"ready":true,"not_ready":[],"checks":{"mongodb":"ok","redis":"ok"}}'


def test_a_job_that_is_done_is_read() -> None:
    init = container(recorded("containers")[1])
    assert (init.service, init.state, init.health, init.running) == ("jaeger-init", "exited", "", False)
    assert init.finished is not None
    assert init.ports == ()
    assert init.restart_policy == "no"


def test_exposed_ports_that_are_not_published_are_no_ports() -> None:
    jaeger = container(recorded("containers")[2])
    assert sorted(port.host_port for port in jaeger.ports) == [4317, 4318, 16686]


def test_a_stopped_container_still_says_which_ports_it_wants() -> None:
    raw = recorded("containers")[0]
    raw["NetworkSettings"]["Ports"] = {}
    assert container(raw).ports == (Binding("127.0.0.1", 8080, 8080, "tcp"),)


def test_a_port_that_the_engine_picked_is_the_picked_one() -> None:
    raw = recorded("containers")[0]
    raw["HostConfig"]["PortBindings"] = {"8080/tcp": [{"HostIp": "", "HostPort": ""}]}
    raw["NetworkSettings"]["Ports"] = {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}]}
    assert container(raw).ports == (Binding("0.0.0.0", 32768, 8080, "tcp"),)


def test_one_port_on_ipv4_and_ipv6_is_one_address() -> None:
    raw = recorded("containers")[0]
    both = [{"HostIp": "0.0.0.0", "HostPort": "53"}, {"HostIp": "::", "HostPort": "53"}]
    raw["NetworkSettings"]["Ports"] = {"53/udp": both, "8080/tcp": None}
    assert [port for port in container(raw).ports if port.protocol == "udp"] == [Binding("0.0.0.0", 53, 53, "udp")]


def test_an_address_of_ipv6_keeps_its_colons() -> None:
    raw = recorded("containers")[0]
    raw["NetworkSettings"]["Ports"] = {"8080/tcp": [{"HostIp": "fd00::1", "HostPort": "8080"}]}
    assert [port.host_ip for port in container(raw).ports] == ["fd00::1"]


def test_a_container_that_has_nothing_is_read_all_the_same() -> None:
    bare = container({"Id": "x"})
    assert (bare.id, bare.state, bare.health, bare.number, bare.ports) == ("x", "", "", 1, ())
    nulls = container({"Id": "x", "State": None, "Config": {"Labels": None}, "NetworkSettings": {"Networks": None}})
    assert nulls.labels == {}
    assert nulls.networks == {}


@pytest.mark.parametrize(("status", "health"), [("none", ""), ("starting", "starting"), ("unhealthy", "unhealthy")])
def test_no_health_check_is_no_health(status: str, health: str) -> None:
    raw = recorded("containers")[0]
    raw["State"]["Health"] |= {"Status": status, "FailingStreak": 3}
    assert container(raw).health == health


def test_a_killed_container_says_so() -> None:
    raw = recorded("containers")[0]
    raw["State"] |= {"Status": "exited", "OOMKilled": True, "ExitCode": 137, "Error": "no memory"}
    raw["RestartCount"] = 4
    killed = container(raw)
    assert (killed.oom_killed, killed.exit_code, killed.error, killed.restarts) == (True, 137, "no memory", 4)


def test_a_paused_container_counts_as_running() -> None:
    raw = recorded("containers")[0]
    raw["State"]["Status"] = "paused"
    assert container(raw).running


def test_images_are_read() -> None:
    app, redis = [image(raw) for raw in recorded("images")]
    assert (app.tags, app.healthcheck, app.size > 10**6) == (("stackctl/core-app:dev",), True, True)
    assert app.labels["stackctl.kind"] == "local"
    assert (redis.tags, redis.healthcheck) == (("stackctl/redis:local",), False)
    assert redis.created is not None


def test_a_health_check_that_is_switched_off_is_none() -> None:
    assert not image({"Id": "x", "Config": {"Healthcheck": {"Test": ["NONE"]}}}).healthcheck
    assert not image({"Id": "x", "Config": None}).healthcheck


@pytest.mark.parametrize(
    ("status", "streak", "read"),
    [
        ("running", 0, "starting"),  # unpaused a moment ago
        ("running", 3, "unhealthy"),
        ("running", None, "unhealthy"),
        ("exited", 0, "unhealthy"),
        ("paused", 0, "unhealthy"),
    ],
)
def test_what_was_paused_is_not_ill_before_a_check_has_failed(status: str, streak: int | None, read: str) -> None:
    health = {"Status": "unhealthy", "FailingStreak": streak}
    assert container({"State": {"Status": status, "Health": health}}).health == read
