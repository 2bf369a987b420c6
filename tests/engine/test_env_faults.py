"""Env files and faults: killed at any moment, two writers, a full or read-only disk. The old file or the new one."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from stackctl.env.grammar import parse
from tests.engine.cli import Cli, finish
from tests.engine.conftest import Project
from tests.engine.killing import Killing
from tests.engine.mounting import mounted

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("env-faults")]

MOST = 60
COMPOSE = "services: {web: {image: x, environment: {MODE: '${MODE}', NEW: '${NEW:-}', PORT: '${PORT:-}'}}}\n"
EXAMPLE = "# How it runs.\nMODE=slow\n\n# Where.\nPORT=8080\n"
LARGE = "x" * 70_000  # more than a page, more than a pipe


@pytest.fixture
def plain(project: Project) -> Cli:
    """A plain project with an example; nothing of it is ever started."""
    return project("", compose__yaml=COMPOSE, __env__example=EXAMPLE)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*.stackctl-*"))


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


class TestKilled:
    def test_init_of_a_workspace(self, workspace: Cli, tmp_path: Path) -> None:
        """Secrets first, the env file that points to them last, each whole or not there; the next run finishes it."""
        path = workspace.folder / "env" / "core" / "dev.env"
        store = workspace.home / "projects" / f"{workspace.token}-core-dev" / "secrets"
        workspace("env", "init", "dev")
        whole, lengths = path.read_text(), {item.name: item.stat().st_size for item in store.iterdir()}
        kill = Killing(workspace, tmp_path / "hook", (workspace.home, workspace.folder))
        for at in range(1, 3 * MOST):
            for item in (path, *store.iterdir()):
                item.unlink(missing_ok=True)
            killed = kill(at, "env", "init", "dev")
            there = {item.name: item.stat().st_size for item in store.iterdir() if not item.name.startswith(".")}
            assert there.items() <= lengths.items(), f"half a secret after change {at}"
            assert text_of(path) in ("", whole), f"killed at change {at}"
            assert not path.exists() or there == lengths, "the file came before its secrets"
            if killed and at % 8 == 0:
                before = {name: (store / name).read_text() for name in there if name in ("mongo_root", "grafana_admin")}
                workspace("env", "init", "dev")
                assert {name: (store / name).read_text() for name in before} == before, "none is made again"
                assert left(workspace.folder) + left(workspace.home) == []
                assert {row["state"] for row in workspace("secrets", "list", "--json").data["secrets"]} == {"kept"}
            if not killed:
                break
        assert not killed and at > 20

    def test_init_of_a_plain_project(self, plain: Cli, tmp_path: Path) -> None:
        path = plain.folder / ".env"
        plain("env", "init")
        whole = path.read_text()
        kill = Killing(plain, tmp_path / "hook", (plain.home, plain.folder))
        for at in range(1, MOST):
            path.unlink(missing_ok=True)
            killed = kill(at, "env", "init")
            assert text_of(path) in ("", whole), f"killed at change {at}"
            if not killed:
                break
        assert not killed and at > 3
        assert left(plain.folder) == []

    def test_set_and_unset(self, plain: Cli, tmp_path: Path) -> None:
        path = plain.folder / ".env"
        old = f"# mine\nMODE={LARGE} # why\nOTHER=1\n"
        new = f"# mine\nMODE=quick{LARGE} # why\nOTHER=1\n"
        gone = "# mine\nOTHER=1\n"
        kill = Killing(plain, tmp_path / "hook", (plain.home, plain.folder))
        for words, after in ((("set", "MODE"), new), (("unset", "MODE"), gone)):
            for at in range(1, MOST):
                path.write_text(old)
                killed = kill(at, "env", *words, stdin=f"quick{LARGE}")
                assert path.read_text() in (old, after), f"{words} killed at change {at}"
                if not killed:
                    break
            assert not killed and at > 3
            assert path.read_text() == after
            assert left(plain.folder) == [], "the next run takes away what the killed one left"

    def test_sync(self, plain: Cli, tmp_path: Path) -> None:
        path = plain.folder / ".env"
        old = f"MODE={LARGE}\n"
        path.write_text(old)
        plain("env", "sync", "--yes")
        after = path.read_text()
        assert after.startswith(old) and "PORT=8080" in after
        kill = Killing(plain, tmp_path / "hook", (plain.home, plain.folder))
        for at in range(1, MOST):
            path.write_text(old)
            killed = kill(at, "env", "sync", "--yes")
            assert path.read_text() in (old, after), f"killed at change {at}"
            if not killed:
                break
        assert not killed and at > 3
        assert left(plain.folder) == []

    def test_what_a_killed_write_left_is_no_file_of_the_project(self, plain: Cli, tmp_path: Path) -> None:
        plain("env", "init")
        (plain.folder / "..env.stackctl-0123abcd").write_text("MODE=half")
        (plain.folder / ".env.stackctl-mine").write_text("MODE=mine")
        rows = {row["name"]: row["value"] for row in plain("env", "show", "--json").data["variables"]}
        assert rows == {"MODE": "slow", "PORT": "8080", "NEW": ""}
        plain("env", "set", "PORT", "8080")
        assert left(plain.folder) == [".env.stackctl-mine"], "a name of somebody's own stays"


class TestTwoWriters:
    def test_both_of_two_changes_are_kept(self, plain: Cli) -> None:
        plain("env", "init")
        processes = [plain.start("env", "set", f"EXTRA_{number}", str(number)) for number in range(4)]
        answers = [finish(process) for process in processes]
        assert [answer.code for answer in answers] == [0] * 4, answers
        values = parse((plain.folder / ".env").read_bytes(), ".env").resolve({})
        assert {f"EXTRA_{number}": str(number) for number in range(4)}.items() <= values.items()

    def test_a_busy_environment_is_refused_where_nobody_waits(self, plain: Cli) -> None:
        plain("env", "init")
        before = (plain.folder / ".env").read_bytes()
        (lock,) = plain.home.glob("projects/*/lock")
        with lock.open("r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            for words in (("set", "MODE", "x"), ("unset", "MODE"), ("init",), ("sync", "--yes")):
                answer = plain("env", *words, "--lock-wait", "0", "--json", code=7)
                assert answer.error["code"] == "busy"
            for words in (("show",), ("check",), ("export",), ("sync", "--check")):
                plain("env", *words, code=None if words == ("sync", "--check") else 0, timeout=60)
        assert (plain.folder / ".env").read_bytes() == before


class TestDisk:
    def test_a_full_disk_leaves_the_old_file(self, plain: Cli) -> None:
        said = mounted(
            plain,
            f"""
            mkdir small && mount -t tmpfs -o size=256k tmp small && cp compose.yaml .env.example small && cd small
            "$S" env init >/dev/null; echo "init $?"
            cp .env "$HOME_DIR/before"
            dd if=/dev/zero of=filler bs=1k 2>/dev/null
            head -c {len(LARGE)} /dev/zero | tr '\\0' x | "$S" env set MODE; echo "set $?"
            echo NEW=1 >"$HOME_DIR/more" && mount --bind "$HOME_DIR/more" .env.example
            "$S" env sync --yes; echo "sync $?"
            cmp .env "$HOME_DIR/before" && echo same
            ls -A
            rm filler
            "$S" env set MODE quick; echo "later $?"
            grep MODE .env
            """,
        )
        assert "init 0" in said
        assert "set 3" in said
        assert "No space left on device" in said
        assert "sync 3" in said
        assert "\nsame\n" in said
        assert ".stackctl-" not in said, "no temporary file is left"
        assert "later 0" in said
        assert "\nMODE=quick\n" in said

    def test_a_read_only_folder(self, plain: Cli) -> None:
        said = mounted(
            plain,
            """
            "$S" env init >/dev/null
            mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
            "$S" env set MODE quick; echo "set $?"
            "$S" env unset MODE; echo "unset $?"
            "$S" env show MODE >/dev/null; echo "show $?"
            "$S" env check >/dev/null; echo "check $?"
            """,
        )
        for verb, code in (("set", 3), ("unset", 3), ("show", 0), ("check", 0)):
            assert f"\n{verb} {code}\n" in f"\n{said}", said
        assert "Read-only file system" in said
        assert "MODE=slow" in (plain.folder / ".env").read_text()
