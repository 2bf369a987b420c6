"""Start one stack of the corpus with plain Compose, ask `stackctl why`, and clean up."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.engine.cli import free_ports, plain_environment
from tests.faults.made import Fault

Env = Mapping[str, str]
RUN = f"f{uuid4().hex[:7]}"
SETTLE_SECONDS = 30.0
# Grafana on a crowded machine takes this long to say what is wrong.
END_SECONDS = 90.0
# A service may take its time until it finds what is wrong with its files.
ENDS = ("service-config-invalid", "permission-denied", "data-corrupt", "data-version-mismatch", "auth-failed")


def answer_to(
    case: Fault, parent: Path, variables: Mapping[str, str] | None = None, ask: Callable[[Path, Env], Any] | None = None
) -> Any:
    """Give the envelope of `stackctl why` for a stack that plain Compose has started.

    `variables` choose the engine, `ask` asks something else while the stack is there.
    """
    project = f"{RUN}-{case.name}"
    engine = {**plain_environment(), **(variables or {})}
    folder = parent / project
    folder.mkdir()
    lay(folder, case.files)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        words = {"HELD": str(held.getsockname()[1]), "PORT1": str(free_ports(1)), "TOKEN": project}
        try:
            if case.first:
                write(folder, project, case.first, words)
                docker("compose", "up", "-d", here=folder, env=engine)
                settle(project, ends=False, env=engine)
                docker("compose", "down", "-t", "5", here=folder, env=engine)
            write(folder, project, case.compose, words)
            docker("compose", "up", "-d", "--quiet-pull", *case.up, here=folder, env=engine)
            settle(project, ends=case.code in ENDS, env=engine)
            if case.then:
                docker("compose", *case.then, here=folder, env=engine)
            return (ask or why)(folder, {**engine, "STACKCTL_HOME": str(parent / "home")})
        finally:
            docker("compose", "-p", project, "down", "-v", "-t", "0", "--remove-orphans", env=engine)


def lay(folder: Path, files: Mapping[str, str]) -> None:
    """Write files; `+x` and `+600` behind a name are its mode."""
    for name, text in files.items():
        plain, _plus, mode = name.partition("+")
        path = folder / plain
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
        path.chmod({"": 0o644, "x": 0o755}.get(mode) or int(mode, 8))


def write(folder: Path, project: str, text: str, words: Mapping[str, str]) -> None:
    for word, value in words.items():
        text = text.replace(word, value)
    (folder / "compose.yaml").write_text(f"name: {project}\n{text}")


def docker(*words: str, here: Path | None = None, timeout: float = 90.0, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ("docker", *words),
        cwd=here,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env=env or plain_environment(),
    )
    return done.stdout


def settle(project: str, *, ends: bool, env: Mapping[str, str]) -> None:
    """Wait until nothing is about to change: no first probes, restarts enough to be a loop, an end where one comes."""
    end = time.monotonic() + (END_SECONDS if ends else SETTLE_SECONDS)
    form = (
        "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} "
        "{{.HostConfig.RestartPolicy.Name}} {{.RestartCount}} {{.State.StartedAt}}"
    )
    calm = 0
    while time.monotonic() < end and calm < 3:
        ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}", env=env).split()
        rows = [row.split() for row in docker("inspect", "--format", form, *ids, env=env).splitlines()] if ids else []
        busy = [row for row in rows if row[1] == "starting"]
        busy += [row for row in rows if row[0] == "restarting" and int(row[3]) < 3]
        busy += [row for row in rows if row[0] == "running" and 0 < int(row[3]) < 3 and time.monotonic() < end - 12]
        # One that sleeps a second before it fails has not restarted yet, and is about to.
        busy += [row for row in rows if row[0] == "running" and row[2] != "no" and row[3] == "0" and age(row[4]) < 2.5]
        over = any(row[0] in ("created", "exited", "restarting") or row[1] == "unhealthy" for row in rows)
        busy += rows if ends and not over else []
        calm = 0 if busy else calm + 1
        time.sleep(0.3)
    time.sleep(0.7)


def age(started: str) -> float:
    """Give how long ago that was, in seconds; the engine writes nanoseconds, which Python does not read."""
    return (datetime.now(UTC) - datetime.fromisoformat(f"{started[:19]}+00:00")).total_seconds()


def why(folder: Path, env: Env) -> Any:
    """Give the envelope of `why`, and with it what the answer was made of."""
    return said(folder, env, "why", "--evidence")


def said(folder: Path, env: Env, *words: str) -> Any:
    """Give the envelope of a command line."""
    done = subprocess.run(
        (sys.executable, "-m", "stackctl", *words, "--json"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        stdin=subprocess.DEVNULL,
        env=dict(env),
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
