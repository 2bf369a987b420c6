from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from stackctl.doctor.host import SystemHost
from stackctl.doctor.ports import port_findings
from stackctl.stack.model import Port
from tests.unit.doctor.fakes import published, stack_of

HOST = SystemHost()


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_the_owner_of_a_real_port_is_this_process(kind: int, protocol: str) -> None:
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        number = server.getsockname()[1]
        port = Port(80, number, "", protocol)
        assert HOST.port_state(port) == "taken"
        holder = HOST.port_holder(port)
        assert holder is not None
        assert holder.pid == os.getpid()
        assert holder.name
        (finding,) = port_findings(
            stack_of({"web": {"image": "x", "ports": [published(number, protocol=protocol)]}}), ["web"], [], HOST
        )
        assert f"(process {os.getpid()})" in finding.message
    assert HOST.port_holder(port) is None


def test_a_listener_comes_before_a_client_on_the_same_port() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()):
            holder = HOST.port_holder(Port(80, server.getsockname()[1], "127.0.0.1", "tcp"))
    assert holder is not None


def test_a_dual_stack_listener_holds_the_ipv4_port() -> None:
    try:
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
            port = Port(80, server.getsockname()[1], "127.0.0.1", "tcp")
            assert HOST.port_state(port) == "taken"
            holder = HOST.port_holder(port)
            assert holder is not None
            assert holder.pid == os.getpid()
    except (OSError, ValueError):
        pytest.skip("this machine has no IPv6")


def test_file_facts(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("x")
    file.chmod(0o640)
    facts = HOST.file(file)
    assert facts is not None
    assert (facts.kind, facts.mode, facts.uid, facts.readable) == ("file", 0o640, os.geteuid(), True)
    folder = HOST.file(tmp_path)
    assert folder is not None
    assert (folder.kind, folder.empty) == ("directory", False)
    assert HOST.file(tmp_path / "none") is None
    assert HOST.file(file / "below") is None


def test_disk_and_memory() -> None:
    assert (HOST.free_bytes(Path("/")) or 0) > 0
    assert HOST.free_bytes(Path("/no/such/folder")) is None
    assert HOST.available_memory() > 0
