"""`shell`, `client`, `open`, `forward`: the ways into a service, with and without a shell, a page, a published port."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import termios
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import REDIS, STACKCTL, TOOLS, Cli, container, docker, ended, finish, free_ports, put

if TYPE_CHECKING:
    import subprocess

    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

LIFE = "init: true, restart: unless-stopped"
PAGE = f"image: {TOOLS}, {LIFE}, command: [python3, -m, http.server, '8000'"


@pytest.fixture
def cli(project: Project) -> Cli:
    """A store, a published page, one that listens on its loopback address alone, an image without a shell."""
    cli = project(
        compose__yaml=f"""
        services:
          cache:
            image: {REDIS}
            command: [sh, -c, 'exec redis-server --requirepass "$$REDIS_PASSWORD"']
            environment: {{REDIS_PASSWORD: sesame-open-42}}
          web: {{{PAGE}], ports: ["127.0.0.1:{free_ports(1)}:8000"]}}
          inner: {{{PAGE}, --bind, 127.0.0.1], expose: [8000]}}
          bare: {{build: bare, {LIFE}}}
        """,
    )
    # busybox by another name is that program alone: there is no `sh` to find.
    recipe = """
        FROM stackctl/jaeger:local AS from
        FROM scratch
        COPY --from=from /bin/busybox /sleep
        ENTRYPOINT ["/sleep", "900"]
        """
    put(cli.folder / "bare" / "Dockerfile", recipe)
    cli("up")
    return cli


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def typed(cli: Cli, words: list[str], line: str, awaited: str) -> tuple[str, int]:
    """Type a line at a command on a terminal once it has spoken, then end its input; give text and exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cli.folder)
        os.execve(str(STACKCTL), ["stackctl", *words], cli.environment())
    # A terminal without a size is asked for its cursor instead, and what we type would be taken for the answer.
    termios.tcsetwinsize(terminal, (24, 80))
    text, sent, deadline = "", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                text += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # the other side is closed
                break
        elif not sent and text:
            os.write(terminal, f"{line}\r".encode())  # what the Enter key sends
            sent = True
        elif awaited in text:
            os.write(terminal, b"\x04")
    else:
        os.kill(pid, signal.SIGKILL)
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_command_in_a_service_has_its_own_exit_code(cli: Cli) -> None:
    assert "sesame" not in cli("shell", "web", "--", "echo", "hello").text
    assert cli("shell", "web", "--", "echo", "hello").out == "hello\n"
    assert cli("shell", "web", "--", "sh", "-c", "echo oops >&2; exit 42", code=42).err == "oops\n"
    assert cli("shell", "cache", "--", "sh", "-c", "echo $REDIS_PASSWORD").out == "***\n"


def test_a_shell_on_a_terminal(cli: Cli) -> None:
    text, code = typed(cli, ["shell", "web"], "echo $((6*7)); [ -t 0 ] && exit 7", "42")
    assert "42" in text
    assert code == 7


def test_an_image_without_a_shell_gets_a_helper(cli: Cli) -> None:
    bare = container(cli.folder.name, "bare")
    answer = cli("shell", "bare", "--", "sh", "-c", "ls /proc/1/root; tr '\\0' ' ' </proc/1/cmdline")
    assert "helper" in answer.err
    assert "sleep" in answer.out.splitlines()
    assert cli("shell", "bare", "--", "sh", "-c", "exit 5", code=5).code == 5
    # Other tests have helpers of their own at the same moment: ours is the one that lives in our container's network.
    shells = docker("ps", "-aq", "--filter", "label=stackctl.helper=shell").split()
    homes = [docker("inspect", "-f", "{{.HostConfig.NetworkMode}}", each, check=False).strip() for each in shells]
    assert not [home for home in homes if home.removeprefix("container:").startswith(bare)], "none stays behind"


def test_the_stores_client_is_logged_in(cli: Cli) -> None:
    assert cli("client", "cache", "--", "PING").out == "PONG\n"
    answer = cli("client", "cache", "--", "SET", "a", "1", "--json", code=None)
    assert "ERR syntax" in answer.text, "what follows -- is the client's, ours or not"
    text, code = typed(cli, ["client", "cache"], "ECHO typed", '"typed"')
    assert '"typed"' in text
    assert code == 0
    found = docker("exec", container(cli.folder.name, "cache"), "sh", "-c", "cat /proc/[0-9]*/cmdline")
    assert "sesame" not in found
    assert cli("client", "web", "--json", code=2).error["code"] == "no-client"


def test_a_page_is_opened_or_printed(cli: Cli) -> None:
    url = cli("open", "web").out.strip()
    assert urllib.request.urlopen(url).status == 200
    assert cli("open", "web", "--json").data["url"] == url
    assert cli("open", "cache", "--json", code=2).error["code"] == "misuse"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_page_that_listens_on_its_loopback_alone_is_forwarded(cli: Cli, end: signal.Signals) -> None:
    with ended(cli.start("open", "inner", "--json")) as process:
        data = json.loads(address(process))["data"]
        for _ in range(3):
            body = urllib.request.urlopen(data["url"]).read()
            assert b"Directory listing" in body
        process.send_signal(end)
        answer = finish(process)
        assert answer.code == 0, answer
        assert "Traceback" not in answer.text


def test_a_port_is_forwarded_and_found_again_in_a_new_container(cli: Cli) -> None:
    local = free_ports(1)
    with ended(cli.start("forward", "cache", f"{local}:6379")) as process:
        assert address(process) == f"127.0.0.1:{local}"
        assert spoken(local, b"PING\r\n").startswith(b"-NOAUTH")
        cli("up", "cache", "--force-recreate")
        assert spoken(local, b"PING\r\n").startswith(b"-NOAUTH")
        assert cli("forward", "cache", f"{local}:6379", "--json", code=5).error["code"] == "port-in-use"
        process.send_signal(signal.SIGINT)
        assert finish(process).code == 0


def spoken(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.settimeout(30)
        connection.sendall(text)
        return connection.recv(1024)


def test_what_cannot_be_is_said(cli: Cli) -> None:
    assert cli("shell", "--json", code=2).error["code"] == "misuse"
    assert cli("shell", "wbe", "--json", code=2).error["code"] == "unknown-service"
    for port in ("0", "70000", "a:b"):
        assert cli("forward", "cache", port, "--json", code=2).error["code"] == "misuse"
    assert cli("forward", "bare", "--json", code=2).error["code"] == "misuse"
    assert cli("open", "web", "cache", "--json", code=2).error["code"] == "misuse"


def test_a_service_that_does_not_run_is_said(cli: Cli) -> None:
    cli("stop", "web")
    assert cli("shell", "web", "--json", code=6).error["code"] == "not-running"
    cli("down", "-y")
    assert cli("client", "cache", "--json", code=6).error["code"] == "not-running"
