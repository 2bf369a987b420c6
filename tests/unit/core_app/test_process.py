"""The app as a process, with no backing service: loopback only."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core_app.tracing import start

APP = Path(__file__).parents[3] / "stacks" / "core" / "app"
DEADLINE = 1.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "password").write_text("secret")
    return os.environ | {
        "PYTHONPATH": str(APP),
        "LISTEN_PORT": str(free_port()),
        "MONGODB_HOST": "127.0.0.1",
        "MONGODB_PORT": "1",
        "MONGODB_PASSWORD_FILE": str(tmp_path / "password"),
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": "1",
        "REDIS_PASSWORD_FILE": str(tmp_path / "password"),
        "DEADLINE_SECONDS": str(DEADLINE),
        "OTEL_SDK_DISABLED": "true",
    }


@pytest.fixture
def process(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "core_app"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        yield running
        running.kill()


def ask(port: int, path: str) -> tuple[int, str]:
    """The answer, as soon as the app listens."""
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"nothing listens on {port}")


def test_sigterm_finishes_what_is_in_flight_and_exits_0(
    process: subprocess.Popen[str], environ: dict[str, str]
) -> None:
    port = int(environ["LISTEN_PORT"])
    assert ask(port, "/health")[0] == 200
    answers: list[tuple[int, str]] = []
    # With no MongoDB this answer takes until the deadline: a request that is surely in flight.
    asking = threading.Thread(target=lambda: answers.append(ask(port, "/ready")))
    asking.start()
    time.sleep(DEADLINE / 3)
    process.send_signal(signal.SIGTERM)
    asking.join()
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 0, output
    ((status, text),) = answers
    assert status == 503
    assert '"not_ready":["mongodb","redis"]' in text
    assert "secret" not in output + text


def test_the_health_command_says_what_the_app_says(process: subprocess.Popen[str], environ: dict[str, str]) -> None:
    assert ask(int(environ["LISTEN_PORT"]), "/health")[0] == 200
    command = [sys.executable, "-m", "core_app.health"]
    probe = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=10, check=False)
    assert probe.returncode == 1
    assert '"not_ready":["mongodb","redis"]' in probe.stdout


def test_the_health_command_fails_where_nothing_listens(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "core_app.health"]
    probe = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=10, check=False)
    assert probe.returncode == 1
    assert "no answer on port" in probe.stdout


def test_wrong_settings_are_one_line_and_no_traceback(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "core_app"]
    environ |= {"LISTEN_PORT": "none", "MONGODB_PASSWORD_FILE": ""}
    failed = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=10, check=False)
    assert failed.returncode == 2
    assert failed.stderr.count("\n") == 1
    assert "LISTEN_PORT" in failed.stderr
    assert "MONGODB_PASSWORD_FILE" in failed.stderr


def test_without_an_address_no_trace_is_made() -> None:
    """The SDK alone would send to its own container, where nobody listens, once a batch for ever."""
    tracing = start({"OTEL_SDK_DISABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": ""})
    assert not tracing.tracer.start_span("request").is_recording()
    on = start({"OTEL_SDK_DISABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    span = on.tracer.start_span("request")
    assert span.is_recording()
