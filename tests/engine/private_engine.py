"""An engine of a test's own, to be stopped, starved and killed: the shared one must never be.

It runs in a network namespace of its own (a second dockerd in the host's would take `docker0` away), with its own data
root, exec root, pid file and socket. Only its socket is reached from here, not the ports that it publishes.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.cli import TOOLS, docker, plain_environment

TINY = "tiny:1"
START_SECONDS = 60.0
_PROGRAMS = ("sh", "sleep", "cat", "touch", "dd", "mkdir")
# What the helpers of a backup call, with what a test needs beside it.
HELPERS = (
    *_PROGRAMS,
    "tar",
    "zstd",
    "find",
    "mv",
    "rm",
    "sync",
    "stat",
    "chown",
    "chmod",
    "wc",
    "head",
    "sha256sum",
    "sort",
)


@dataclass
class PrivateEngine:
    """A dockerd of its own: `env` makes a command speak to it, `args` are more flags of dockerd.

    `start` waits until it answers; `stop` ends it as an administrator does, `kill` as a power cut does. What runs in
    its containers is ended with it.
    """

    folder: Path
    args: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "engine.sock"

    @property
    def env(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket}"}

    def docker(self, *words: str, check: bool = True) -> str:
        """What the docker client prints for this engine."""
        return docker(*words, check=check, env={**plain_environment(), **self.env})

    def start(self) -> None:
        here = self.folder
        daemon = (
            *("dockerd", "--data-root", f"{here}/data", "--exec-root", f"{here}/exec", "--pidfile", f"{here}/pid"),
            *("--host", f"unix://{self.socket}", "--config-file", f"{here}/none.json", *self.args),
        )
        (here / "none.json").write_text("{}")
        # Mounts in a namespace of its own as well: what the engine leaves mounted when it is killed goes with it.
        unshare = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        # After a kill the pid files stay, and in a new namespace their numbers are somebody else's.
        script = 'ip link set lo up && rm -f "$0/pid" "$0/exec/containerd/containerd.pid" && exec "$@"'
        with (here / "log").open("ab") as log:
            self.process = subprocess.Popen(
                (*unshare, "sh", "-c", script, str(here), *daemon),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self.docker("version", "--format", "{{.Server.Version}}", check=False).strip():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with all that runs in it."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        if how is signal.SIGTERM:
            # unshare passes no signal on: its only child is dockerd, process 1 of its namespace.
            (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            subprocess.run(("kill", "-TERM", child), check=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        if process.poll() is None:
            process.kill()  # --kill-child: dockerd dies with unshare, its containers with dockerd
        process.wait(30)

    def log(self) -> str:
        """The end of what the daemon has said."""
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def load_tiny(self, tag: str = TINY, programs: Sequence[str] = _PROGRAMS) -> None:
        """Give it an image of a shell and a handful of programs in a few megabytes, for any small disk."""
        pack = (
            f"p=$(echo /bin/sh; for c in {' '.join(programs)}; do command -v $c; done); "
            "tar -chf - -C / $(for f in $p; do ldd $f; echo $f; done | grep -o '/[^ ]*' | sort -u | cut -c2-)"
        )
        with subprocess.Popen(
            ("docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", TOOLS, "-c", pack),
            stdout=subprocess.PIPE,
            env=plain_environment(),
        ) as packed:
            subprocess.run(
                ("docker", "import", "-", tag),
                stdin=packed.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
                env={**plain_environment(), **self.env},
            )
        assert packed.returncode == 0


@contextlib.contextmanager
def private_engine(*args: str, disk: str = "") -> Iterator[PrivateEngine]:
    """A started engine with `tiny:1`; `disk` is the size of its data root, as mount knows it: `64m`."""
    # A socket's path has 108 bytes at most: the folder of a test may be longer.
    folder = Path(tempfile.mkdtemp(prefix="engine", dir="/tmp"))
    engine = PrivateEngine(folder, args)
    (folder / "data").mkdir()
    try:
        if disk:
            subprocess.run(
                ("mount", "-t", "tmpfs", "-o", f"size={disk}", "tmpfs", folder / "data"),
                check=True,
                capture_output=True,
            )
        engine.start()
        engine.load_tiny()
        yield engine
    finally:
        engine.kill()
        if disk:
            subprocess.run(("umount", "-l", folder / "data"), check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
