"""The installed `stackctl` as a subprocess, and Docker itself asked what came of it.

Every name that a test makes holds `RUN`, so that two runs on one engine never meet, and so that everything that is
left of a run can be found and removed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

Json = dict[str, Any]
T = TypeVar("T")

ROOT = Path(__file__).parents[2]
STACKCTL = Path(sys.executable).with_name("stackctl")
RUN = f"t{uuid4().hex[:8]}"
TOOLS = "stackctl/tools:local"
REDIS = "stackctl/redis:local"
PROJECT_LABEL = "com.docker.compose.project"
PATIENCE = 300.0

# What would decide for the user must not reach a test from the shell that runs it.
_OURS = ("STACKCTL_", "COMPOSE_")
_NOT_OURS = {"CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"}


def plain_environment() -> dict[str, str]:
    """The shell of the test run without anything that steers stackctl or Compose."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS) and name not in _NOT_OURS}


@dataclass(frozen=True)
class Answer:
    """What a command line came to."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def envelope(self) -> Json:
        """The one JSON object on stdout; anything else there fails."""
        assert self.out.count("\n") == 1, f"not one line on stdout: {self}"
        value: Json = json.loads(self.out)
        assert set(value) == {"schema", "command", "ok", "exit_code", "data", "findings", "error"}, value
        assert value["schema"] == 1
        assert value["exit_code"] == self.code
        assert value["ok"] == (self.code == 0)
        return value

    @property
    def data(self) -> Json:
        value: Json = self.envelope["data"]
        return value

    @property
    def error(self) -> Json:
        value = self.envelope["error"]
        assert isinstance(value, dict), self
        assert set(value) == {"code", "message", "hint"}
        return value

    def __str__(self) -> str:
        return f"{shlex.join(self.argv)} → {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@dataclass(frozen=True)
class Cli:
    """A folder, a STACKCTL_HOME of its own, and the command line in between; `token` is in every name it makes."""

    folder: Path
    home: Path
    token: str
    variables: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    def __call__(
        self,
        *words: str,
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
        timeout: float = PATIENCE,
        here: Path | None = None,
        stdin: str = "",
    ) -> Answer:
        """Run it in a pipe, with an empty input or this one; `code` is the exit code that must come, None takes any."""
        argv = (*self.before, str(STACKCTL), *words)
        done = subprocess.run(
            argv,
            cwd=here or self.folder,
            env=self.environment(env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        answer = Answer(argv, done.returncode, done.stdout, done.stderr)
        assert code is None or answer.code == code, f"exit code {code} was expected\n{answer}"
        assert "Traceback (most recent call last)" not in answer.text, answer
        # Compose itself writes control codes into a pipe (`logs`, in Debian's 2.26): what is passed on stays its own.
        assert "\x1b" not in answer.text or words[0] == "compose", f"control codes in a pipe\n{answer}"
        return answer

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        ours = {"STACKCTL_HOME": str(self.home), "STACKCTL_PORT_RANGE": port_range(), "STACKCTL_PORT_BLOCK": "20"}
        return {**plain_environment(), **ours, **self.variables, **(env or {})}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start it in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [*self.before, str(STACKCTL), *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def having(self, **variables: str) -> Cli:
        return replace(self, variables={**self.variables, **variables})

    def within(self, folder: Path) -> Cli:
        return replace(self, folder=folder)

    def write(self, **files: str) -> None:
        """Write files by name, `__` standing for a dot: `write(compose__yaml="…")`."""
        for name, text in files.items():
            put(self.folder / name.replace("__", "."), text)

    def compose(self, *words: str) -> str:
        """What plain `docker compose` says in this folder."""
        return docker("compose", *words, cwd=self.folder, env={**plain_environment(), **self.variables})

    def shell(self, line: str) -> Answer:
        """Run a line as a user without stackctl would."""
        done = subprocess.run(
            line,
            shell=True,
            cwd="/",
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Answer((line,), done.returncode, done.stdout, done.stderr)


def finish(process: subprocess.Popen[str], *, timeout: float = PATIENCE) -> Answer:
    """Wait for a started command."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Answer(tuple(str(word) for word in process.args), process.returncode, out, err)  # type: ignore[union-attr]


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End a started command with the block, whatever happens in it."""
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def put(path: Path, text: str) -> Path:
    """Write an indented text as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"))
    return path


def new_workspace(folder: Path, home: Path) -> Cli:
    """A copy of the core stack as `init` makes it: an app image of its own, and ports that nobody else wants."""
    folder.mkdir()
    cli = Cli(folder, home, folder.name)
    cli("init")
    port = free_ports(16)
    for name in ("dev", "prod"):
        template = folder / "env" / "core" / f"{name}.env.template"
        lines = []
        for line in template.read_text().splitlines():
            key = line.partition("=")[0]
            if re.fullmatch(r"[A-Z_]+_PORT=\d+", line):
                lines.append(f"{key}={port}")
                port += 1
            else:
                lines.append(f"{key}={cli.token}/core-app:{name}" if key == "CORE_IMAGE" else line)
        template.write_text("\n".join(lines) + "\n")
    return cli


# ---------------------------------------------------------------------------------------------------- Docker, asked


def docker(
    *words: str, check: bool = True, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> str:
    """Give what the docker client prints; fails when it fails."""
    done = subprocess.run(
        ["docker", *words],
        cwd=cwd,
        env=dict(env) if env is not None else plain_environment(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert not check or done.returncode == 0, f"docker {shlex.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def containers(project: str) -> dict[str, list[str]]:
    """The ids of every container of a project, by service."""
    form = '{{.Label "com.docker.compose.service"}} {{.ID}}'
    found: dict[str, list[str]] = {}
    words = ("ps", "--all", "--no-trunc", "--filter", f"label={PROJECT_LABEL}={project}", "--format", form)
    for line in sorted(docker(*words).splitlines()):
        service, _space, number = line.partition(" ")
        found.setdefault(service, []).append(number)
    return found


def container(project: str, service: str) -> str:
    (found,) = containers(project)[service]
    return found


def inspect(*ids: str) -> list[Json]:
    found: list[Json] = json.loads(docker("inspect", *ids)) if ids else []
    return found


def states(project: str) -> dict[str, str]:
    """Service → `running`, `running (healthy)`, `exited (0)`…; of several containers the last."""
    found = {}
    for facts in inspect(*(number for ids in containers(project).values() for number in ids)):
        state = facts["State"]
        more = state["Health"]["Status"] if state.get("Health") else ""
        more = str(state["ExitCode"]) if state["Status"] == "exited" else more
        name = facts["Config"]["Labels"]["com.docker.compose.service"]
        found[name] = f"{state['Status']} ({more})" if more else str(state["Status"])
    return found


def started(number: str) -> str:
    (facts,) = inspect(number)
    value: str = facts["State"]["StartedAt"]
    return value


def volumes(project: str) -> list[str]:
    return sorted(docker("volume", "ls", "-q", "--filter", f"label={PROJECT_LABEL}={project}").split())


def run_in(number: str, script: str, *words: str) -> str:
    """What a shell script prints in a container; `words` are its $1, $2…"""
    return docker("exec", "-i", number, "sh", "-c", script, "sh", *words).strip()


@dataclass(frozen=True)
class Snapshot:
    """All that a refused command must leave alone: Docker's objects with the token in their name, and the files."""

    containers: tuple[tuple[str, str, str], ...]
    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    images: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def snapshot(cli: Cli) -> Snapshot:
    objects = _objects(cli.token)
    running = [(item["Id"], item["State"]["Status"], item["State"]["StartedAt"]) for item in inspect(*objects[0])]
    digests = [
        (str(path.relative_to(cli.folder)), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(cli.folder.rglob("*"))
        if path.is_file() and os.access(path, os.R_OK)
    ]
    networks, found, images = (tuple(names) for names in objects[1:])
    return Snapshot(tuple(sorted(running)), networks, found, images, tuple(digests))


def _objects(token: str) -> tuple[list[str], list[str], list[str], list[str]]:
    """Ids of containers, names of networks, volumes and images that hold the token."""
    lines = docker(
        "ps", "--all", "--format", f'{{{{.ID}}}}|{{{{.Label "{PROJECT_LABEL}"}}}}|{{{{.Names}}}}'
    ).splitlines()
    ids = [line.split("|")[0] for line in lines if token in line]
    networks = [name for name in docker("network", "ls", "--format", "{{.Name}}").split() if token in name]
    found = [name for name in docker("volume", "ls", "-q").split() if token in name]
    images = [name for name in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split() if token in name]
    return sorted(ids), sorted(networks), sorted(found), sorted(images)


def sweep(token: str) -> None:
    """Remove everything whose name holds the token: containers first, for the others are in use until then."""
    ids, networks, names, images = _objects(token)
    for words, found in (
        (("rm", "--force", "--volumes"), ids),
        (("network", "rm"), networks),
        (("volume", "rm", "--force"), names),
        (("image", "rm", "--force"), images),
    ):
        if found:
            docker(*words, *found, check=False)


# ------------------------------------------------------------------------------------------------------------- the net


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def http(url: str, *, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Ask over HTTP, past any proxy; an error status is an answer, no answer raises OSError."""
    sent = {**({"content-type": "application/json"} if body is not None else {}), **(headers or {})}
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), sent)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Reply(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode())


def eventually(ask: Callable[[], T | None], what: str, *, patience: float = 90.0) -> T:
    """Ask until the answer is something."""
    end = time.monotonic() + patience
    while True:
        try:
            found = ask()
        except OSError:
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {patience:.0f} s"
        time.sleep(0.2)


@functools.cache
def port_range() -> str:
    """The ports that the instances of this run share: each home has a register of its own, and knows no other's."""
    # Where no other test looks for a port, and for each worker of a run at another place.
    low = 30500 + 500 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
    first = free_ports(200, low, low + 300)
    return f"{first}-{first + 199}"


def free_ports(count: int, low: int = 20000, high: int = 30000) -> int:
    """The first of `count` free ports in a row, below those that the kernel hands out by itself."""
    for _try in range(200):
        first = random.randrange(low, high)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    taken = held.enter_context(socket.socket())
                    taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no row of free ports")
