from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from stackctl.doctor.check import Check, Scene
from stackctl.doctor.host import FileFacts
from stackctl.doctor.machine import examine
from stackctl.engine.address import SOCKET, EngineAddress
from stackctl.engine.values import EngineFacts
from stackctl.errors import EngineError
from tests.unit.doctor.fakes import FACTS, NOW, REMOTE, FakeEngine, FakeHost, Reply, said

SHELL = {"STACKCTL_HOME": "/home/me/.stackctl"}
HOME = {"/home/me/.stackctl": FileFacts("directory", mode=0o700, uid=1000)}
TOOLS = "stackctl/tools:local"
MODEL = json.dumps({"services": {"a": {"ports": [{"published": "2"}]}}})
GOOD: Sequence[tuple[tuple[str, ...], Reply]] = (
    (("config",), said(MODEL)),
    (("compose", "version"), said("2.26.1\n")),
    (("buildx", "version"), said("github.com/docker/buildx 0.13.1 abc\n")),
    (("buildx", "du"), said("ID RECLAIMABLE\nReclaimable:\t1.433GB\nTotal:\t\t1.544GB\n")),
    (("SystemTime",), said("2026-01-02T03:04:05.5Z\n")),
    (("Warnings",), said("null\n")),
)


def checks(
    *replies: tuple[tuple[str, ...], Reply],
    facts: EngineFacts | EngineError = FACTS,
    host: FakeHost | None = None,
    shell: dict[str, str] | None = None,
    present: Sequence[str] = (TOOLS,),
) -> dict[str, Check]:
    engine = FakeEngine(facts, [*replies, *GOOD], present)
    scene = Scene(engine, host or FakeHost(files=HOME), {**SHELL, **(shell or {})})
    return {check.id: check for check in examine(scene)}


def test_a_good_machine_is_all_ok_in_a_stable_order() -> None:
    found = checks()
    assert {check.status for check in found.values()} == {"ok"}
    assert list(found) == [
        *("engine", "context", "compose", "buildx", "disk", "build-cache", "memory", "cores", "cgroups"),
        *("storage", "rootless", "clock", "dns", "registry", "requires", "leftovers", "home"),
    ]
    assert found["compose"].detail == "Compose 2.26.1"
    assert found["build-cache"].detail == "1.5 GB, of which 1.4 GB can go"
    assert found["engine"].finding() is None


def test_with_the_engine_down_the_rest_says_why_it_was_skipped() -> None:
    down = EngineError("the Docker engine does not answer", "start it")
    found = checks(facts=down, shell={"DOCKER_HOST": "tcp://far:2375"})
    assert found["engine"].status == "error"
    assert "DOCKER_HOST=tcp://far:2375" in found["engine"].detail
    assert (found["disk"].status, found["disk"].detail) == ("skipped", "the engine does not answer")
    assert (found["compose"].status, found["buildx"].status, found["home"].status) == ("ok", "ok", "ok")


def test_without_docker_nothing_raises() -> None:
    absent = EngineError("there is no docker command on the path", "install Docker")
    found = checks(((), absent), facts=absent)
    assert found["engine"].hint == "install Docker"
    assert (found["compose"].status, found["buildx"].status) == ("skipped", "skipped")
    assert found["compose"].detail == "there is no docker command on the path"


def test_a_look_that_breaks_is_a_check_of_its_own() -> None:
    class Broken(FakeHost):
        def available_memory(self) -> int:
            raise RuntimeError("boom")

    found = checks(host=Broken(files=HOME))
    assert found["memory"].status == "error"
    assert "RuntimeError: boom" in found["memory"].detail
    assert found["disk"].status == "ok"


def test_the_usual_engine_is_the_default() -> None:
    assert checks(facts=replace(FACTS, address=EngineAddress("default", SOCKET)))["context"].detail == "default"
    named = checks(facts=replace(FACTS, address=EngineAddress("default", "tcp://127.0.0.1:2375")))["context"].detail
    assert "DOCKER_HOST=tcp://127.0.0.1:2375" in named


def test_a_context_that_is_not_the_default_is_named() -> None:
    assert (
        checks(facts=replace(FACTS, address=EngineAddress("colima", "unix:///c.sock")))["context"].detail
        == "the context colima"
    )
    remote = checks(facts=REMOTE)
    assert remote["context"].status == "warning"
    assert "another machine" in remote["context"].detail
    assert remote["disk"].status == "skipped"


def test_too_little_of_everything() -> None:
    small = replace(FACTS, memory=10**9, cpus=1, storage="vfs", rootless=True)
    found = checks(
        (("Warnings",), said('["WARNING: No memory limit support"]')),
        facts=small,
        host=FakeHost(files=HOME, free=10**8),
    )
    assert [found[name].status for name in ("disk", "memory", "cores", "cgroups", "storage")] == [
        *("error", "warning", "warning", "warning", "warning")
    ]
    assert "memory" in found["cgroups"].detail
    assert "1024" in found["rootless"].detail
    assert all(found[name].hint for name in ("disk", "memory", "cores", "cgroups", "storage"))


def test_little_memory_left() -> None:
    assert checks(host=FakeHost(files=HOME, memory=10**8))["memory"].status == "warning"


def test_a_large_build_cache_is_worth_a_word() -> None:
    found = checks((("buildx", "du"), said("Reclaimable:\t31GB\nTotal:\t32GB\n")))
    assert (found["build-cache"].status, found["build-cache"].hint) == ("warning", "docker builder prune")


def test_clocks_that_disagree() -> None:
    def skew(seconds: float) -> Check:
        then = NOW + timedelta(seconds=seconds)
        return checks((("SystemTime",), said(then.isoformat().replace("+00:00", "Z"))))["clock"]

    assert skew(1).status == "ok"
    assert (skew(90).status, skew(90).detail) == ("warning", "the engine is 90 s ahead")
    assert (skew(-9000).status, skew(-9000).detail) == ("error", "the engine is 9000 s behind")


def test_dns_is_asked_only_where_an_answer_says_something() -> None:
    assert checks(present=())["dns"].hint == "make images"
    offline = FakeHost(files=HOME, names=())
    assert checks(host=offline)["dns"].status == "skipped"
    assert checks((("getent",), said("", 2)))["dns"].status == "error"
    assert "did not start" in checks((("getent",), said("", 125, "no runtime")))["dns"].detail


def test_the_helper_container_is_labelled_and_removed() -> None:
    engine = FakeEngine(FACTS, GOOD, (TOOLS,))
    examine(Scene(engine, FakeHost(files=HOME), SHELL))
    (argv,) = [words for words in engine.asked if words[0] == "run"]
    assert {"--rm", "--pull=never", "stackctl.helper=dns"} <= set(argv)


def test_the_registry_is_unknown_behind_a_proxy_or_a_mirror() -> None:
    assert checks(facts=replace(FACTS, proxies=True))["registry"].status == "skipped"
    assert checks(facts=replace(FACTS, mirrors=("http://m",)))["registry"].status == "skipped"
    assert checks(shell={"HTTPS_PROXY": "http://p"})["registry"].status == "skipped"


def test_a_registry_that_does_not_answer_is_a_warning() -> None:
    found = checks(host=FakeHost(files=HOME, answering=()))["registry"]
    assert (found.status, found.detail) == ("warning", "not reachable: registry-1.docker.io (no answer)")


def test_no_compose_and_no_buildx() -> None:
    found = checks((("compose",), said("", 1, "not a docker command")), (("buildx",), said("", 1, "unknown")))
    assert (found["compose"].status, found["buildx"].status) == ("error", "warning")
    assert found["compose"].hint
    assert found["compose"].finding() is not None


def home(facts: FileFacts | None, **more: Any) -> Check:
    files = {"/home/me/.stackctl": facts} if facts else {"/home/me": FileFacts("directory", **more)}
    return checks(host=FakeHost(files=files))["home"]


def test_stackctl_home_is_private_and_ours() -> None:
    fine = FileFacts("directory", mode=0o700, uid=1000)
    assert home(fine).status == "ok"
    assert home(replace(fine, mode=0o755)).hint == "chmod 700 /home/me/.stackctl"
    assert "another user" in home(replace(fine, uid=0)).detail
    assert "written" in home(replace(fine, writable=False)).detail
    assert "no folder" in home(replace(fine, kind="file")).detail
    assert home(None).status == "ok"
    assert home(None, writable=False).status == "error"
