"""A running stack for tests: `pytest -p stackctl.pytest_plugin`, and by itself where the package is installed.

The fixture `stack` starts an environment once per session, in an instance of its own: volumes, networks, secrets and
host ports that nobody else has, so that several runs, and the workers of pytest-xdist, go on side by side. It goes
at the end. Names follow pytest-docker (`port_for`, `wait_until_responsive`); what is started is said by fixtures that a
conftest.py overrides: `stack_root`, `stack_env`, `stack_services`, `stack_up_args`.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World


class StackError(Exception):
    """A stackctl command failed: its sentence, its way out, its exit code."""

    def __init__(self, words: tuple[str, ...], code: int, message: str, hint: str) -> None:
        super().__init__(f"stackctl {' '.join(words)}: {message}" + (f"\n→ {hint}" if hint else ""))
        self.exit_code = code


class Credentials(NamedTuple):
    """A login; both are empty where the service wants none."""

    user: str
    password: str


@dataclass(frozen=True)
class Stack:
    """The started stack. Every method raises StackError where stackctl does."""

    root: Path
    env: str
    instance: str
    project: str = ""

    def run(self, *words: str) -> dict[str, Any]:
        """Run a stackctl command on this instance and give its `data` (see the JSON reference)."""
        cut = words.index("--") if "--" in words else len(words)
        outcome = self._stackctl(*words[:cut], "--json", *words[cut:])
        try:
            envelope = json.loads(outcome.out)
        except ValueError:
            raise StackError(words, outcome.code, outcome.err.strip() or "no answer", "") from None
        error = envelope["error"]
        if error:
            raise StackError(words, outcome.code, error["message"], error["hint"])
        found: dict[str, Any] = envelope["data"]
        return found

    def url(self, service: str, label: str = "") -> str:
        """Give the address of a service; of several the main one, or the one with this label."""
        found: str = self._address(service, label)["url"]
        return found

    def port_for(self, service: str, container_port: int) -> int:
        """Give the host port at which a container's port is published."""
        for project in self.run("status", *self._env, service)["projects"]:
            for row in project["services"]:
                for text in row["ports"]:
                    host, _arrow, inside = text.partition("→")
                    if inside == str(container_port):
                        return int(host.rpartition(":")[2])
        raise StackError(("status", service), 2, f"{service} does not publish the port {container_port}", "")

    def credentials(self, service: str, label: str = "") -> Credentials:
        """Give the login of a service, as its URI holds it."""
        row = self._address(service, label, "--reveal")
        return Credentials(row["user"] or "", row["password"] or "")

    def uri(self, service: str, label: str = "") -> str:
        """Give the connection URI of a service, with its login."""
        found: str = self._address(service, label, "--reveal")["uri"]
        return found

    def wait(self, timeout: float = 120.0) -> None:
        """Wait until every service is ready, at most `timeout` seconds."""
        self.run("wait", *self._env, "--timeout", f"{timeout:.0f}s")

    def wait_until_responsive(self, check: Callable[[], bool], timeout: float = 30.0, pause: float = 0.1) -> None:
        """Ask until `check` says yes. Raises StackError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not check():
            if time.monotonic() > end:
                raise StackError(("wait",), 6, f"no answer within {timeout:.0f} s", "see: stack.logs()")
            time.sleep(pause)

    def logs(self, *services: str, tail: int = 0) -> list[dict[str, Any]]:
        """Give the log records of services, or of all, in the order of time: one mapping each, secrets hidden."""
        words = ("logs", *services, *(("-e", self.env) if self.env else ()), *(("--tail", str(tail)) if tail else ()))
        outcome = self._stackctl(*words, "--json")
        if outcome.code != 0:
            raise StackError(words, outcome.code, outcome.err.strip(), "")
        return [json.loads(line) for line in outcome.out.splitlines()]

    def snapshot(self) -> None:
        """Keep the data as it is now for `reset`: the services stop for a moment."""
        from stackctl.instances.snapshot import take_snapshot

        take_snapshot(_world(), self.project)
        self.run("up", *self._env)

    def reset(self) -> None:
        """Bring the data back to the snapshot, and wait until every service is ready again."""
        from stackctl.errors import StackctlError
        from stackctl.instances.snapshot import put_back

        try:
            put_back(_world(), self.project)
        except StackctlError as error:
            raise StackError(("reset",), error.exit_code, error.message, error.hint) from None
        self.run("up", *self._env)

    @property
    def _env(self) -> tuple[str, ...]:
        return (self.env,) if self.env else ()

    def _address(self, service: str, label: str, *flags: str) -> Mapping[str, Any]:
        rows = self.run("urls", *self._env, service, *flags)["urls"]
        return next(row for row in rows if not label or row["label"] == label)

    def _stackctl(self, *words: str) -> Any:
        from stackctl.engine.run import Command, run

        env = {
            name: value for name, value in os.environ.items() if name not in ("STACKCTL_ENV", "COMPOSE_PROJECT_NAME")
        }
        own = {"STACKCTL_INSTANCE": self.instance, "PYTHONWARNINGS": "default"}
        return run(Command((sys.executable, "-m", "stackctl", *words), {**env, **own}, self.root))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("stackctl")
    group.addoption("--stack-env", default="", help="Which environment the fixture `stack` starts; default: dev.")
    group.addoption(
        "--stack-instance",
        default="",
        metavar="NAME",
        help="Use this instance for `stack`, started where it is not, and keep it: the next run is quicker.",
    )


@pytest.fixture(scope="session")
def stack_root(pytestconfig: pytest.Config) -> Path:
    """The folder with the Compose files; override it where that is not pytest's own root."""
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def stack_env(pytestconfig: pytest.Config) -> str:
    """The environment; override it, or say --stack-env."""
    return str(pytestconfig.getoption("--stack-env"))


@pytest.fixture(scope="session")
def stack_services() -> tuple[str, ...]:
    """The services to start; override it for a part of the stack."""
    return ()


@pytest.fixture(scope="session")
def stack_up_args() -> tuple[str, ...]:
    """Further words for `stackctl up`, such as `("--images", "local")`; override it."""
    return ()


@pytest.fixture(scope="session")
def stack(
    pytestconfig: pytest.Config,
    stack_root: Path,
    stack_env: str,
    stack_services: tuple[str, ...],
    stack_up_args: tuple[str, ...],
) -> Iterator[Stack]:
    """The running stack of this session, see `Stack`."""
    named = str(pytestconfig.getoption("--stack-instance"))
    instance = named or f"pytest-{secrets.token_hex(4)}"
    found = Stack(stack_root, stack_env, instance)
    words = ((stack_env,) if stack_env else ()) + stack_services + stack_up_args
    try:
        try:
            project = found.run("up", *words)["project"]
        except StackError as error:
            pytest.fail(str(error), pytrace=False)
        yield Stack(stack_root, stack_env, instance, project)
    finally:
        if not named:
            _remove(found)


def _remove(found: Stack) -> None:
    try:
        found.run("instances", "remove", found.instance, "--yes")
    except StackError as error:
        if error.exit_code != 2:  # it never came so far as to have one
            raise


def _world() -> World:
    from stackctl.doctor.host import SystemHost
    from stackctl.engine.docker import DockerEngine
    from stackctl.lifecycle.world import World
    from stackctl.mask import Mask
    from stackctl.secrets.entropy import SystemEntropy
    from stackctl.workspace.clock import SystemClock
    from stackctl.workspace.files import DiskFiles

    mask = Mask()
    engine = DockerEngine(dict(os.environ), mask, lambda _line: None)
    host, entropy = SystemHost(), SystemEntropy()
    return World(engine, DiskFiles(), SystemClock(), host, entropy, dict(os.environ), mask, lambda _event: None)
