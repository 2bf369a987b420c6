"""`stackctl env drift` on real containers: the core stack, and a plain project that Compose itself started."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.engine.cli import TOOLS, Answer, Cli, Json, container, containers, free_ports, inspect, started

if TYPE_CHECKING:
    from tests.engine.conftest import Core, Project

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("core")]


def drift(cli: Cli, *words: str, code: int) -> Json:
    return cli("env", "drift", *words, "--json", code=code).data


def row(data: Json, name: str) -> Json:
    found: Json = next(item for item in data["variables"] if item["name"] == name)
    return found


def recreated(data: Json) -> dict[str, list[str]]:
    return {item["service"]: item["reasons"] for item in data["recreate"]}


class TestCore:
    def test_what_was_just_started_drifts_nowhere(self, mended: Core) -> None:
        data = drift(mended.cli, "dev", code=0)
        assert data["recreate"] == []
        assert {item["state"] for item in data["variables"]} == {"same"}
        assert row(data, "CORE_LOG_LEVEL")["services"][0]["variable"] == "LOG_LEVEL"
        assert {item["name"] for item in data["variables"] if item["kind"] == "secret"} == {
            *("mongo_root", "redis_password", "redis_acl", "redis_exporter_file", "grafana_admin")
        }

    def test_a_changed_variable_is_followed_and_a_restart_in_place_keeps_the_old_one(self, mended: Core) -> None:
        path = mended.cli.folder / "env" / "core" / "dev.env"
        kept, before = path.read_text(), containers(mended.project)
        since = started(container(mended.project, "core"))
        path.write_text(kept.replace("CORE_LOG_LEVEL=debug", "CORE_LOG_LEVEL=warning"))
        try:
            data = drift(mended.cli, "dev", code=9)
            one = row(data, "CORE_LOG_LEVEL")
            assert one["file"] == one["passed"] != one["template"]
            assert one["services"][0]["running"] == one["template"], "the template's value still runs"
            assert recreated(data) == {"core": ["CORE_LOG_LEVEL changed"]}
            assert data["command"] == "stackctl up dev core"
            mended.cli("restart", "dev", "core", "--in-place")
            assert started(container(mended.project, "core")) != since
            assert recreated(drift(mended.cli, "dev", code=9)) == {"core": ["CORE_LOG_LEVEL changed"]}
            line = next(text for text in mended.cli("up", "dev").out.splitlines() if text.startswith("core "))
            assert line.endswith("recreated, CORE_LOG_LEVEL changed")
            after = containers(mended.project)
            assert {name for name in after if after[name] != before[name]} == {"core"}
            drift(mended.cli, "dev", code=0)
        finally:
            path.write_text(kept)

    def test_a_variable_that_is_an_argument_has_its_name_too(self, mended: Core) -> None:
        path = mended.cli.folder / "env" / "core" / "dev.env"
        kept = path.read_text()
        path.write_text(kept.replace("REDIS_MAXMEMORY=128mb", "REDIS_MAXMEMORY=96mb"))
        try:
            assert recreated(drift(mended.cli, "dev", code=9)) == {"redis": ["REDIS_MAXMEMORY changed"]}
            assert "recreate redis: REDIS_MAXMEMORY changed" in mended.cli("up", "dev", "--dry-run").out
        finally:
            path.write_text(kept)

    def test_a_changed_secret_is_seen_although_composes_hash_is_the_same(self, mended: Core) -> None:
        path = mended.secret("redis_password")
        old, new = path.read_text(), uuid4().hex
        path.write_text(new)
        answer = mended.cli("env", "drift", "dev", code=9)
        for value in (old, new):
            assert value not in answer.text
        found = recreated(drift(mended.cli, "dev", code=9))
        assert found["core"] == ["secret redis_password changed"]
        assert "secret redis_password changed" in found["redis"]
        assert set(found) == {"core", "redis"}

    def test_text_shows_what_differs_and_verbose_shows_all(self, mended: Core) -> None:
        lines = mended.cli("env", "drift", "dev").out.splitlines()
        assert len(lines) == 1
        assert "nothing runs with an old one" in lines[0]
        assert len(mended.cli("env", "drift", "dev", "-v").out.splitlines()) > 20


FILES = {
    "compose__yaml": f"""
        services:
          web:
            image: {TOOLS}
            command: [sh, -c, "exec sleep 900 # ${{WORD:-one}}"]
            init: true
            stop_grace_period: 1s
            environment: {{LEVEL: "${{LOG_LEVEL:-info}}", ADDRESS: "http://me:${{PW}}@web", BARE: }}
            env_file: [app.env]
            secrets: [token]
          other:
            image: {TOOLS}
            command: [sleep, "900"]
            init: true
            stop_grace_period: 1s
            ports: ["127.0.0.1:${{PORT}}:80"]
        secrets: {{token: {{file: ./token.txt}}}}
        """,
    "app__env": "FEATURE=1\n",
    "token__txt": "first\n",
}


def plain_lines(cli: Cli) -> list[str]:
    return (cli.folder / ".env").read_text().splitlines()


class TestPlain:
    @pytest.fixture
    def plain(self, project: Project) -> Cli:
        """A project that plain Compose has started; `up` was never called."""
        cli = project("", **FILES, **{"__env": f"LOG_LEVEL=debug\nPW=a-$-in-it\nPORT={free_ports(1)}\n"})
        cli.compose("up", "-d")
        return cli

    def edit(self, cli: Cli, name: str, old: str, new: str) -> None:
        path = cli.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def test_nothing_drifts_after_compose_itself(self, plain: Cli) -> None:
        data = drift(plain, code=0)
        assert {item["state"] for item in data["variables"]} == {"same"}
        assert plain("up", "--json").data["unchanged"] is True

    def test_each_kind_of_change_is_named(self, plain: Cli) -> None:
        self.edit(plain, ".env", "LOG_LEVEL=debug", "LOG_LEVEL=warning")
        self.edit(plain, "app.env", "FEATURE=1", "FEATURE=2")
        data = drift(plain, code=9)
        assert recreated(data) == {"web": ["LOG_LEVEL changed", "FEATURE changed"]}
        assert row(data, "FEATURE")["kind"] == "container"
        assert data["command"] == "stackctl up web"
        assert "recreate web: LOG_LEVEL changed, FEATURE changed" in plain("up", "--dry-run").out

    def test_a_secret_file_that_is_newer_than_its_container_counts(self, plain: Cli) -> None:
        assert row(drift(plain, code=0), "token")["state"] == "same"
        (plain.folder / "token.txt").write_text("second\n")
        data = drift(plain, code=9)
        assert recreated(data) == {"web": ["secret token is newer"]}

    def test_after_up_the_record_knows_a_port_and_a_secret(self, plain: Cli) -> None:
        plain("up", "--force-recreate")
        drift(plain, code=0)
        self.edit(plain, ".env", next(line for line in plain_lines(plain) if "PORT" in line), f"PORT={free_ports(1)}")
        self.edit(plain, "compose.yaml", "${WORD:-one}", "${WORD:-two}")
        (plain.folder / "token.txt").write_text("second\n")
        found = recreated(drift(plain, code=9))
        assert found == {"other": ["PORT changed"], "web": ["WORD changed", "secret token changed"]}

    def test_a_service_with_an_env_file_is_left_alone_while_another_changes(self, plain: Cli) -> None:
        plain("up")
        before = containers(plain.folder.name)
        self.edit(plain, "compose.yaml", "stop_grace_period: 1s\n    ports", "stop_grace_period: 2s\n    ports")
        assert recreated(drift(plain, code=9)) == {"other": ["its definition changed"]}
        did = {item["service"]: item["did"] for item in plain("up", "--json").data["services"]}
        assert did == {"web": "kept", "other": "recreated, its definition changed"}
        after = containers(plain.folder.name)
        assert after["web"] == before["web"]

    def test_a_value_with_a_dollar_arrives_and_is_the_same(self, plain: Cli) -> None:
        (facts,) = inspect(container(plain.folder.name, "web"))
        (address,) = [text for text in facts["Config"]["Env"] if text.startswith("ADDRESS=")]
        assert address == "ADDRESS=http://me:a-$-in-it@web"
        assert row(drift(plain, code=0), "PW")["state"] == "same"

    def test_the_shell_over_the_file_is_said(self, plain: Cli) -> None:
        answer = plain("env", "drift", "--json", code=9, env={"LOG_LEVEL": "trace"})
        assert [item["code"] for item in answer.envelope["findings"]] == ["shadowed"]
        assert row(answer.data, "LOG_LEVEL")["source"] == "shell"

    def test_the_template_beside_the_file(self, plain: Cli) -> None:
        plain.write(**{"__env__example": "LOG_LEVEL=info\nNEW_KEY=5\n"})
        data = drift(plain, code=9)
        assert row(data, "NEW_KEY")["stale"] is True
        assert data["recreate"] == []

    def test_without_containers_or_engine_or_with_bad_words(self, project: Project, plain: Cli) -> None:
        idle = project("", **FILES, **{"__env": "PW=x\nPORT=28000\n"})
        answer: Answer = idle("env", "drift")
        assert "nothing runs" in answer.out
        assert plain("env", "drift", code=4, env={"DOCKER_HOST": "unix:///nowhere.sock"}).out == ""
        plain("env", "drift", "nonsense", code=2)
        self.edit(plain, ".env", "LOG_LEVEL=debug", "LOG_LEVEL='debug")
        plain("env", "drift", code=3)
        assert not (plain.home / "digest.key").exists(), "looking makes nothing"
