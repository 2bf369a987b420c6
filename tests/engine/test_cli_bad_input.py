"""Bad input: each gives one sentence, the way out and the exit code of the design page, and changes nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import (
    RUN,
    TOOLS,
    Answer,
    Cli,
    Json,
    containers,
    docker,
    ended,
    eventually,
    finish,
    free_ports,
    snapshot,
    states,
    volumes,
)
from tests.engine.terminal import on_terminal

if TYPE_CHECKING:
    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SLEEP = f"image: {TOOLS}, command: [sleep, '900'], init: true, restart: unless-stopped"
MAIN = f"services: {{web: {{{SLEEP}}}, worker: {{{SLEEP}}}}}\n"
DEAD_SOCKET = "unix:///nonexistent/stackctl-test.sock"


def refused(cli: Cli, *words: str, code: int, error: str, says: Sequence[str] = ()) -> Answer:
    """Run it for people and for scripts: the same answer twice, of the right form, and nothing has changed."""
    before = snapshot(cli)
    shown = cli(*words, code=code)
    lines = shown.err.strip().splitlines()
    sentences = [line for line in lines if line.startswith("✗ ")]
    assert len(sentences) == 1, f"one sentence\n{shown}"
    sentence = sentences[0].removeprefix("✗ ")
    assert sentence.strip()
    assert "\n" not in sentence
    assert any(line.startswith("→ ") and len(line) > 4 for line in lines), f"a way out\n{shown}"
    assert shown.out == "", f"an error has nothing on stdout\n{shown}"

    envelope = script(cli, *words, code=code)
    assert envelope["error"]["code"] == error, envelope
    assert envelope["error"]["message"] in sentence, "people and scripts read the same"
    assert envelope["error"]["hint"]
    whole = shown.err + str(envelope["error"]) + str(envelope["findings"])
    for text in says:
        assert text in shown.err, f"“{text}” is not said\n{shown}"
        assert text in whole
    assert snapshot(cli) == before, "something was changed"
    return shown


def script(cli: Cli, *words: str, code: int) -> Json:
    """Run it with --json, before a `--` if there is one."""
    place = words.index("--") if "--" in words else len(words)
    return cli(*words[:place], "--json", *words[place:], code=code).envelope


# -------------------------------------------------------------------------------------------------------- wrong names


class TestNames:
    @pytest.mark.parametrize(
        ("words", "error", "guess"),
        [
            (("up", "-e", "prdo"), "unknown-environment", "prod"),
            (("up", "prdo"), "unknown-environment", "prod"),
            (("down", "prdo"), "unknown-environment", "prod"),
            (("status", "-e", "deev"), "unknown-environment", "dev"),
            (("config", "-e", "deev"), "unknown-environment", "dev"),
            (("urls", "-e", "deev"), "unknown-environment", "dev"),
            (("images", "-e", "deev"), "unknown-environment", "dev"),
            (("up", "-s", "coer"), "unknown-stack", "core"),
            (("status", "-s", "coer", "dev"), "unknown-stack", "core"),
            (("up", "dev", "mongdb"), "unknown-service", "mongodb"),
            (("up", "dev", "--without", "grafna"), "unknown-service", "grafana"),
            (("restart", "dev", "mongdb"), "unknown-service", "mongodb"),
            (("images", "dev", "mongdb"), "unknown-service", "mongodb"),
            (("statsu",), "unknown-command", "status"),
            (("completion", "bsh"), "unknown-shell", "bash"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
    )
    def test_a_wrong_name_gets_did_you_mean(
        self, workspace: Cli, words: tuple[str, ...], error: str, guess: str
    ) -> None:
        refused(workspace, *words, code=2, error=error, says=[f"did you mean “{guess}”?"])

    @pytest.mark.parametrize("command", ["status", "urls"])
    def test_a_wrong_service_of_what_runs(self, project: Project, command: str) -> None:
        cli = project(compose__yaml=MAIN)
        cli("up")
        refused(cli, command, "wrker", code=2, error="unknown-service", says=["did you mean “worker”?"])

    def test_a_wrong_secret(self, workspace: Cli) -> None:
        workspace("up", "dev", "redis")
        says = ["did you mean “redis_password”?"]
        refused(workspace, "secrets", "show", "redis_pasword", code=2, error="unknown-secret", says=says)

    def test_down_v_says_what_to_write(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, volumes: ['data:/s']}}}}\nvolumes: {{data: {{}}}}\n")
        cli("up")
        before = snapshot(cli)
        answer = cli("down", "-v", code=2)
        assert "write --volumes" in answer.err
        assert "or --verbose" in answer.err
        assert snapshot(cli) == before

    @pytest.mark.parametrize(
        "words",
        [
            ("up", "--nonsense"),
            ("up", "--scale", "web"),
            ("up", "--timeout", "soon"),
            ("up", "--instance", "No Name"),
            ("down", "--all", "prod"),
            ("config", "--format", "toml"),
            ("secrets", "show"),
            ("compose",),
        ],
        ids=" ".join,
    )
    def test_a_wrong_command_line(self, project: Project, words: tuple[str, ...]) -> None:
        cli = project(compose__yaml=MAIN, compose__prod__yaml="services: {web: {environment: {A: b}}}\n")
        refused(cli, *words, code=2, error="misuse")

    def test_an_environment_twice(self, workspace: Cli) -> None:
        refused(workspace, "up", "dev", "-e", "prod", code=2, error="misuse", says=["dev", "prod"])


# ------------------------------------------------------------------------------------------------------- wrong files


class TestFiles:
    @pytest.mark.parametrize("command", ["up", "config"])
    def test_yaml_that_does_not_parse_names_file_line_and_column(self, project: Project, command: str) -> None:
        cli = project(compose__yaml="services:\n  web:\n    image: [a, b\n    ports: c: d\n")
        says = [str(cli.folder / "compose.yaml") + ":4:"]
        refused(cli, command, code=3, error="yaml-invalid", says=says)

    def test_yaml_that_does_not_parse_in_the_second_file(self, workspace: Cli) -> None:
        path = workspace.folder / "stacks" / "core" / "dev.yml"
        path.write_text("services:\n  web:\n\timage: a\n")
        refused(workspace, "up", "dev", code=3, error="yaml-invalid", says=[f"{path}:3:1"])

    def test_yaml_that_does_not_parse_in_an_included_file(self, project: Project) -> None:
        cli = project(compose__yaml=f"include: [part.yaml]\n{MAIN}", part__yaml="services:\n  a: [1,\n  b: 2\n")
        answer = refused(cli, "up", code=3, error="yaml-invalid")
        assert "part.yaml" in answer.err

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("services: {web: {image: a, prots: ['1']}}\n", "prots"),
            ("services: {web: {image: a, depends_on: [store]}}\n", "store"),
            ("services: {web: {image: a, volumes: ['state:/s']}}\n", "state"),
            ("services: {web: {environment: {A: b}}}\n", "web"),
            ("services: {a: {image: a, depends_on: [b]}, b: {image: b, depends_on: [a]}}\n", "cycle"),
            ("services: {web: {image: a, ports: ['eighty:80']}}\n", "eighty"),
            ("services: [web]\n", "services"),
        ],
    )
    def test_a_model_that_compose_rejects_gives_its_reason_and_our_file(
        self, project: Project, text: str, reason: str
    ) -> None:
        cli = project(compose__yaml=text)
        refused(cli, "up", code=3, error="config-invalid", says=[reason, "compose.yaml"])

    def test_a_merge_that_compose_rejects_names_both_files(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN, compose__prod__yaml="services: {web: {depends_on: [store]}}\n")
        says = ["store", "compose.yaml", "compose.prod.yaml"]
        refused(cli, "up", "prod", code=3, error="config-invalid", says=says)

    @pytest.mark.parametrize("command", ["up", "config", "restart"])
    def test_every_missing_variable_is_named_at_once(self, project: Project, command: str) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              web: {{{SLEEP}, environment: {{A: "${{FIRST_ONE:?say it}}", B: "${{SECOND_ONE:?}}"}}}}
              worker: {{{SLEEP}, environment: {{C: "${{THIRD_ONE:?say it too}}"}}}}
            """
        )
        answer = refused(cli, command, code=3, error="variable-missing", says=["FIRST_ONE", "SECOND_ONE", "THIRD_ONE"])
        first = next(line for line in answer.err.splitlines() if line.startswith("✗"))
        assert all(name in first for name in ("FIRST_ONE", "SECOND_ONE", "THIRD_ONE"))
        found = {item["subject"] for item in script(cli, command, code=3)["findings"]}
        assert found == {"FIRST_ONE", "SECOND_ONE", "THIRD_ONE"}

    def test_one_missing_variable(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, environment: {{A: '${{ONLY_ONE:?say it}}'}}}}}}\n")
        refused(cli, "up", code=3, error="variable-missing", says=["ONLY_ONE", "say it"])
        cli("up", env={"ONLY_ONE": "said"})

    @pytest.mark.parametrize("command", ["up", "config"])
    def test_a_file_of_another_user_that_cannot_be_read(self, project: Project, command: str) -> None:
        cli = project(compose__yaml=MAIN)
        path = cli.folder / "compose.yaml"
        path.chmod(0o600 if os.getuid() == 0 else 0)
        if os.getuid() == 0:
            # Root reads everything by a capability; without it, a file of another user is closed to root too.
            os.chown(path, 65534, 65534)
            cli = replace(cli, before=("setpriv", "--bounding-set=-dac_override,-dac_read_search"))
        refused(cli, command, code=3, error="config-invalid", says=[str(path)])

    def test_a_compose_file_that_is_named_and_missing(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        refused(cli, "-f", "missing.yaml", "up", code=3, error="config-invalid", says=["missing.yaml"])

    def test_an_env_file_that_is_missing(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, env_file: [gone.env]}}}}\n")
        refused(cli, "up", code=3, error="config-invalid", says=["gone.env"])

    def test_an_env_file_that_does_not_parse(self, workspace: Cli) -> None:
        workspace("up", "dev", "redis")
        path = workspace.folder / "env" / "core" / "dev.env"
        path.write_text(path.read_text() + "CORE_LOG_LEVEL='never closed\n")
        answer = workspace("up", "dev", "redis", "--json", code=3)
        assert "dev.env" in answer.error["message"] + answer.error["hint"]

    @pytest.mark.parametrize("command", ["up", "down", "status", "config", "urls", "restart", "images"])
    def test_a_folder_that_is_no_project(self, project: Project, command: str) -> None:
        cli = project()
        refused(cli, command, code=3, error="no-project", says=[str(cli.folder), "stackctl init"])


# ------------------------------------------------------------------------------------------------------- the engine


class TestEngine:
    @pytest.mark.parametrize("command", ["up", "down", "status", "urls", "restart"])
    def test_an_engine_that_does_not_answer(self, project: Project, command: str) -> None:
        cli = project(compose__yaml=MAIN).having(DOCKER_HOST=DEAD_SOCKET)
        refused_without_engine(cli, command)

    @pytest.mark.parametrize("command", ["up", "config", "status", "down"])
    def test_a_machine_without_docker(self, project: Project, command: str) -> None:
        cli = project(compose__yaml=MAIN)
        empty = cli.folder.parent / "no-programs"
        empty.mkdir()
        refused_without_engine(cli.having(PATH=str(empty)), command)

    def test_a_context_that_does_not_exist(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN).having(DOCKER_CONTEXT="nowhere-at-all")
        answer = refused_without_engine(cli, "up")
        assert "nowhere-at-all" in answer.err

    def test_an_engine_that_listens_and_says_nothing_useful(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
            port = silent.getsockname()[1]
            refused_without_engine(cli.having(DOCKER_HOST=f"tcp://127.0.0.1:{port}"), "up")

    def test_doctor_works_without_an_engine(self, project: Project) -> None:
        cli = project(compose__yaml=MAIN).having(DOCKER_HOST=DEAD_SOCKET)
        answer = cli("doctor", "--json", code=9)
        assert any(check["status"] == "error" and check["hint"] for check in answer.data["checks"])

    def test_version_works_without_an_engine(self, project: Project) -> None:
        cli = project().having(DOCKER_HOST=DEAD_SOCKET)
        assert cli("version", "--json").data["engine"].startswith("none")


def refused_without_engine(cli: Cli, command: str) -> Answer:
    """As `refused`; Docker is asked beforehand and afterwards with the shell's own settings."""
    return refused(cli, command, code=4, error="engine-unreachable")


# -------------------------------------------------------------------------------------------------- before the start


class TestPreflight:
    def test_a_port_that_a_process_holds(self, project: Project) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", free_ports(1)))
            taken.listen()
            port = taken.getsockname()[1]
            cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, ports: ['127.0.0.1:{port}:80']}}}}\n")
            says = [str(port), f"process {os.getpid()}", f"kill {os.getpid()}", "--auto-ports"]
            refused(cli, "up", code=5, error="port-in-use", says=says)
            cli("up", "--auto-ports")
            address = cli("urls", "--json").data["urls"][0]["url"]
            assert not address.endswith(f":{port}")

    def test_a_port_that_a_container_of_another_project_holds(self, project: Project) -> None:
        port = free_ports(1)
        text = f"services: {{web: {{{SLEEP}, ports: ['127.0.0.1:{port}:80']}}}}\n"
        first, second = project(compose__yaml=text), project(compose__yaml=text)
        first("up")
        says = [str(port), f"of project {first.folder.name}", "down"]
        refused(second, "up", code=5, error="port-in-use", says=says)

    def test_two_services_that_want_one_port(self, project: Project) -> None:
        port = f"'127.0.0.1:{free_ports(1)}:80'"
        cli = project(compose__yaml=f"services: {{a: {{{SLEEP}, ports: [{port}]}}, b: {{{SLEEP}, ports: [{port}]}}}}\n")
        answer = cli("up", "--json", code=5)
        assert answer.error["code"].startswith("port-")
        assert containers(cli.folder.name) == {}

    def test_a_bind_source_that_is_missing(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services:
              web:
                {{{SLEEP}, volumes: [{{type: bind, source: ./missing.conf, target: /etc/a.conf}}]}}
            """
        )
        says = [str(cli.folder / "missing.conf"), "web"]
        answer = refused(cli, "up", code=5, error="bind-source-missing", says=says)
        assert "missing.conf" in answer.err
        assert not (cli.folder / "missing.conf").exists()

    def test_a_secret_file_that_is_missing(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"services: {{web: {{{SLEEP}, secrets: [a]}}}}\nsecrets: {{a: {{file: ./gone.txt}}}}\n"
        )
        answer = cli("up", "--json", code=5)
        assert "gone.txt" in answer.error["message"]
        assert containers(cli.folder.name) == {}

    def test_an_image_that_nobody_has(self, project: Project) -> None:
        cli = project(compose__yaml=f"services: {{web: {{image: '{RUN}/nobody-has-this:1'}}, ok: {{{SLEEP}}}}}\n")
        before = snapshot(cli)
        answer = cli("up", code=5)
        assert f"{RUN}/nobody-has-this:1" in answer.err
        error = cli("up", "--json", code=5).error
        # Which of them depends on who answers: no registry, one that refuses, or one that lacks it.
        assert error["code"] in ("no-registry", "image-not-found", "image-denied")
        assert error["hint"]
        assert snapshot(cli) == before

    def test_a_build_that_fails_shows_the_reason_and_the_log(self, project: Project) -> None:
        cli = project(
            compose__yaml="services: {web: {build: .}}\n",
            Dockerfile=f"FROM {TOOLS}\nRUN echo the-reason-is-this >&2; exit 7\n",
        )
        answer = cli("up", code=5)
        assert "web" in answer.err
        logs = list((cli.folder / ".stackctl" / "build").glob("*.log"))
        assert any("the-reason-is-this" in path.read_text() for path in logs)
        assert any(str(path) in answer.err for path in logs), "the log is named"
        assert cli("up", "--json", code=5).error["code"] == "build-failed"
        assert containers(cli.folder.name) == {}

    def test_a_volume_whose_definition_changed(self, project: Project) -> None:
        before_text = f"services: {{web: {{{SLEEP}, volumes: ['data:/s']}}}}\nvolumes: {{data: {{}}}}\n"
        cli = project(compose__yaml=before_text)
        cli("up")
        changed = before_text.replace("data: {}", "data: {driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}")
        cli.write(compose__yaml=changed)
        says = [f"{cli.folder.name}_data"]
        refused(cli, "up", code=7, error="volume-changed", says=says)
        assert volumes(cli.folder.name) == [f"{cli.folder.name}_data"]

    def test_an_external_network_that_is_missing(self, project: Project) -> None:
        cli = project(
            compose__yaml=f"""
            services: {{web: {{{SLEEP}, networks: [out]}}}}
            networks: {{out: {{external: true, name: {RUN}-no}}}}
            """
        )
        answer = cli("up", "--json", code=5)
        assert f"{RUN}-no" in answer.error["message"] + str(answer.envelope["findings"])
        assert containers(cli.folder.name) == {}

    def test_several_faults_are_told_at_once(self, project: Project) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", free_ports(1)))
            taken.listen()
            port = taken.getsockname()[1]
            cli = project(
                compose__yaml=f"""
                services:
                  web:
                    {{{SLEEP}, ports: ["127.0.0.1:{port}:80"],
                      volumes: [{{type: bind, source: ./missing.conf, target: /etc/a.conf}}]}}
                """
            )
            answer = cli("up", code=5)
            assert str(port) in answer.err
            assert "missing.conf" in answer.err


# --------------------------------------------------------------------------------------------------- cut off, and busy

WAITING = f"""
    services:
      slow:
        {{{SLEEP}, healthcheck: {{test: [CMD, test, -e, /tmp/go], interval: 1s, start_period: 600s}}}}
      quick: {{{SLEEP}}}
    """


def running(cli: Cli) -> bool:
    return states(cli.folder.name) == {"slow": "running (starting)", "quick": "running"}


class TestInterrupted:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupted_up_leaves_the_containers_and_the_next_goes_on(
        self, project: Project, number: signal.Signals
    ) -> None:
        cli = project(compose__yaml=WAITING)
        with ended(cli.start("up", "--json")) as process:
            eventually(lambda: running(cli), "both containers")
            os.killpg(process.pid, number)
            answer = finish(process)
        assert answer.code == 130
        assert answer.error["code"] == "interrupted"
        assert "Traceback" not in answer.err
        before = containers(cli.folder.name)
        assert set(before) == {"slow", "quick"}, "as they are"
        docker("exec", before["slow"][0], "touch", "/tmp/go")
        data = cli("up", "--json").data
        assert {item["state"] for item in data["services"]} == {"ready"}
        assert containers(cli.folder.name) == before

    def test_an_interrupted_up_says_how_to_go_on(self, project: Project) -> None:
        cli = project(compose__yaml=WAITING)
        with ended(cli.start("up")) as process:
            eventually(lambda: running(cli), "both containers")
            os.killpg(process.pid, signal.SIGINT)
            answer = finish(process)
        assert answer.code == 130
        assert answer.out == ""
        assert "✗ " in answer.err
        assert "→ " in answer.err

    def test_a_killed_up_leaves_no_lock(self, project: Project) -> None:
        cli = project(compose__yaml=WAITING)
        with ended(cli.start("up")) as process:
            eventually(lambda: running(cli), "both containers")
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        cli("down", "--lock-wait", "0")
        assert containers(cli.folder.name) == {}


class TestBusy:
    def test_the_second_of_two_starts_waits_and_finds_all_done(self, project: Project) -> None:
        cli = project(compose__yaml=WAITING)
        with ended(cli.start("up")) as first:
            eventually(lambda: running(cli), "both containers")
            with ended(cli.start("up")) as second:
                eventually(lambda: waits(second), "the second to wait")
                assert second.poll() is None
                docker("exec", containers(cli.folder.name)["slow"][0], "touch", "/tmp/go")
                one, two = finish(first), finish(second)
        assert (one.code, two.code) == (0, 0), f"{one}\n{two}"
        assert f"waiting for stackctl up (process {first.pid})" in two.err
        assert "nothing changed" in two.out

    @pytest.mark.parametrize("command", ["up", "down", "restart"])
    def test_without_patience_it_is_refused_naming_the_owner(self, project: Project, command: str) -> None:
        cli = project(compose__yaml=WAITING)
        with ended(cli.start("up")) as first:
            eventually(lambda: running(cli), "both containers")
            says = [f"stackctl up (process {first.pid})", "--lock-wait"]
            refused(cli, command, "--lock-wait", "0", code=7, error="busy", says=says)

    def test_another_environment_is_not_in_the_way(self, project: Project) -> None:
        cli = project(compose__yaml=WAITING, compose__prod__yaml=f"services: {{only: {{{SLEEP}}}}}\n")
        with ended(cli.start("up")):
            eventually(lambda: running(cli), "both containers")
            cli("-f", "compose.prod.yaml", "-p", f"{cli.token}-other", "up", "--lock-wait", "0")
        assert set(containers(f"{cli.token}-other")) == {"only"}


def waits(process: subprocess.Popen[str]) -> bool:
    """Whether a start asks for the lock."""
    # Nothing of it is read here, for finish() wants it all: the open lock file is the sign.
    folder = Path(f"/proc/{process.pid}/fd")
    if not folder.exists():
        time.sleep(2.0)  # no /proc: give it time
        return True
    try:
        return any(link.readlink().name == "lock" for link in folder.iterdir())
    except OSError:
        return False


# ----------------------------------------------------------------------------------------------------- on a terminal


def test_on_a_terminal_a_taken_port_is_asked_about(project: Project) -> None:
    """Through a pseudo-terminal: the next free port is offered, taken with yes, and remembered."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_ports(2)))
        taken.listen()
        port = taken.getsockname()[1]
        cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, ports: ['127.0.0.1:{port}:80']}}}}\n")
        text = on_terminal(cli, "up", answers=[("instead?", "y\n")])
        assert f"use port {port + 1} instead?" in text
        assert cli("urls", "web").out == f"http://127.0.0.1:{port + 1}\n"
        assert cli("up", "--json").data["unchanged"] is True, "remembered"


def test_on_a_terminal_volumes_are_asked_about_and_no_keeps_them(project: Project) -> None:
    cli = project(compose__yaml=f"services: {{web: {{{SLEEP}, volumes: ['data:/s']}}}}\nvolumes: {{data: {{}}}}\n")
    cli("up")
    before = snapshot(cli)
    text = on_terminal(cli, "down", "--volumes", answers=[("remove them?", "n\n")], code=7)
    assert f"{cli.folder.name}_data" in text
    assert snapshot(cli) == before
    on_terminal(cli, "down", "--volumes", answers=[("remove them?", "y\n")])
    assert volumes(cli.folder.name) == []
