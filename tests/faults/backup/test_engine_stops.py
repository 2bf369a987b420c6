"""Rows 12 and 7 on an engine of their own: it is killed under a backup and under a restore, and its disk gets full."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, Answer, Cli, Json, ended, finish
from tests.engine.private_engine import HELPERS, PrivateEngine, private_engine
from tests.faults.backup.shop import Shop, names

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-engine")]

TOOLS = "stackctl/tools:local"
COMPOSE = """
services:
  files:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    volumes: [filedata:/srv]
  other:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [files]
volumes: {filedata: }
"""


class Lone:
    """A project with one volume on an engine of its own."""

    def __init__(self, engine: PrivateEngine, folder: Path, home: Path) -> None:
        self.engine = engine
        self.cli = Cli(folder, home, folder.name, engine.env)
        self.shop = Shop(self.cli)

    def begin(self) -> None:
        """Start it with plain Compose: the small image in the place of the tools is none that `up` would take."""
        self.engine.docker("compose", "--project-directory", str(self.cli.folder), "up", "-d")

    def after_the_crash(self) -> None:
        """Start the engine, run the next command, then start what the crash has ended."""
        self.engine.start()
        self.cli("backup", "-q")
        self.begin()

    def run(self, script: str) -> str:
        words = ("compose", "-p", self.cli.token, "ps", "-q", "files")
        return self.engine.docker("exec", self.engine.docker(*words).strip(), "sh", "-c", script)

    def put(self, word: str, megabytes: int = 8) -> str:
        size = f"bs=1000000 count={megabytes}"
        self.run(f"rm -rf /srv/*; dd if=/dev/urandom of=/srv/{word} {size} 2> /dev/null; echo {word} > /srv/name")
        return self.state()

    def state(self) -> str:
        return self.run("find /srv | sort; cat /srv/* | sha256sum; stat -c %a:%u /srv")


@contextlib.contextmanager
def lone(tmp_path: Path, disk: str = "") -> Iterator[Lone]:
    with private_engine(disk=disk) as engine:
        engine.load_tiny(TOOLS, HELPERS)
        folder = tmp_path / f"{RUN}lone"
        folder.mkdir(exist_ok=True)
        (folder / "compose.yaml").write_text(COMPOSE)
        made = Lone(engine, folder, tmp_path / "home")
        made.begin()
        yield made


def sets_of(here: Lone) -> list[Json]:
    found: list[Json] = here.shop.sets()["sets"]
    return found


def crashed(here: Lone, ready: str, *words: str) -> Answer:
    """Run a command; at a moment hold it, kill the engine under it, and let it go on."""
    kept = here.shop.kept
    with ended(here.cli.start(*words, "--json")) as process:
        while process.poll() is None:
            if ready == "dump" and list(kept.glob("backups/.partial-*/*.zst")):
                break
            if ready == here.shop.journal().get("phase"):
                break
            time.sleep(0.002)
        assert process.poll() is None, finish(process)
        process.send_signal(signal.SIGSTOP)
        here.engine.kill()
        process.send_signal(signal.SIGCONT)
        return finish(process)


def test_12_the_engine_is_killed_under_a_backup_and_under_a_restore(tmp_path: Path) -> None:
    with lone(tmp_path) as here:
        first = here.put("first", 40)
        here.cli("backup", "-q")
        (base,) = (item["id"] for item in sets_of(here))

        failed = crashed(here, "dump", "backup", "--quiesce")
        assert failed.code in (4, 8), failed
        assert failed.error["message"]
        assert [item["id"] for item in sets_of(here)] == [base]
        here.after_the_crash()
        assert here.state() == first
        assert not [name for name in names(str(here.shop.kept / "backups")) if name.startswith(".")]

        now = here.put("second", 40)
        for phase in ("begun", "swap"):
            failed = crashed(here, phase, "restore", base, "--yes", "--no-safety-copy")
            assert failed.code in (4, 8), failed
            here.after_the_crash()
            assert here.state() == now
            assert not here.shop.journal()
        here.cli("backups", "verify", "--all", "-q")
        here.cli("restore", base, "--yes", "-q")
        assert here.state() == first
        assert here.engine.docker("ps", "-aq", "--filter", f"label=stackctl.helper={here.cli.token}") == ""


def test_7_the_engines_own_disk_is_full(tmp_path: Path) -> None:
    with lone(tmp_path, disk="96m") as here:
        here.put("first", 12)
        here.cli("backup", "-q")
        now = here.put("second", 12)
        data = here.engine.folder / "data" / "ballast"
        facts = os.statvfs(data.parent)
        data.write_bytes(b"x" * (facts.f_bavail * facts.f_frsize - 6_000_000))
        failed = here.cli("restore", "--yes", "--json", code=8)
        assert failed.error["code"] == "disk-full", failed
        assert here.state() == now
        assert not here.shop.journal(), "it was undone although nothing could be written"
        data.unlink()
        here.cli("restore", "--yes", "-q")
        assert "first" in here.state()
