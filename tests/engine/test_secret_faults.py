"""Secrets and faults: killed at any moment, two writers, a full or read-only disk. Old or new, never a half."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from stackctl.secrets.sealed_file import read_sealed
from tests.engine.cli import Cli, ended, finish
from tests.engine.killing import Killing
from tests.engine.mounting import mounted
from tests.engine.test_secrets import NAMES, anna, folder_of, sealed, sealed_file, stored, teammate  # noqa: F401 - fixtures

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("secret-faults")]

MOST = 60


def whole(folder: Path) -> dict[str, str]:
    """The files of a store; what a killed command left beside them is hidden, and is no secret's name."""
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith(".")}


class TestKilled:
    def test_setting(self, anna: Cli, tmp_path: Path) -> None:  # noqa: F811
        kill = Killing(anna, tmp_path / "hook", (anna.home,))
        before = stored(anna)["redis_password"]
        for at in range(1, MOST):
            new = f"value-number-{at}-{'x' * 70_000}"
            killed = kill(at, "secrets", "set", "redis_password", stdin=new)
            now = stored(anna)["redis_password"]
            assert now in (before, new), f"killed at change {at}"
            before = now
            if not killed:
                break
        assert not killed and at > 5, "every moment was met"
        assert now == new
        assert "stale" not in {row["state"] for row in anna("secrets", "list", "--json").data["secrets"]}
        assert anna("secrets", "show", "redis_password", "--previous").out.startswith("value-number-")

    def test_a_killed_change_is_finished_by_the_next_command(self, anna: Cli, tmp_path: Path) -> None:  # noqa: F811
        """Between the password and the ACL file made from it: the list says so, the next change mends it."""
        kill = Killing(anna, tmp_path / "hook", (folder_of(anna) / "redis_acl", folder_of(anna) / ".redis_acl"))
        assert kill(1, "secrets", "set", "redis_password", stdin="another-value")
        rows = {row["name"]: row["state"] for row in anna("secrets", "list", "--json").data["secrets"]}
        assert (rows["redis_password"], rows["redis_acl"]) == ("kept", "stale")
        assert anna("secrets", "set", "redis_password", "--json", stdin="one-more-value").data["derived"] == [
            "redis_acl"
        ]

    def test_sealing(self, sealed: Cli, tmp_path: Path) -> None:  # noqa: F811
        kill = Killing(sealed, tmp_path / "hook", (sealed.home, sealed.folder))
        texts = [sealed_file(sealed).read_text()]
        for at in range(1, MOST):
            sealed("secrets", "generate", "mongo_root")
            # Killed between the file and its memo, the next seal asks which side is right: nothing is lost either way.
            killed = kill(at, "secrets", "seal", "--replace")
            text = sealed_file(sealed).read_text()
            assert len(read_sealed(text, "file")) == len(NAMES), f"killed at change {at}"
            texts.append(text)
            if not killed:
                break
        assert not killed and at > 3
        assert texts[-1] != texts[-2]
        assert sealed("secrets", "verify", "--json").envelope["findings"] == []

    def test_unsealing(self, sealed: Cli, tmp_path: Path) -> None:  # noqa: F811
        wanted = stored(sealed)
        ben = teammate(sealed, tmp_path / "ben").having(STACKCTL_IDENTITY=str(sealed.home / "identity"))
        kill = Killing(ben, tmp_path / "hook", (ben.home, ben.folder))
        for at in range(1, MOST):
            shutil.rmtree(ben.home, ignore_errors=True)
            killed = kill(at, "secrets", "unseal")
            store = folder_of(ben)
            there = whole(store) if store.is_dir() else {}
            assert {name: wanted[name] for name in there if name in wanted} == {
                name: value for name, value in there.items() if name in wanted
            }, f"killed at change {at}"
            ben("secrets", "unseal", "-q")
            assert stored(ben) == wanted, f"not finished after change {at}"
            if not killed:
                break
        assert not killed and at > 8


class TestTwoWriters:
    def test_one_waits_for_the_other(self, anna: Cli) -> None:  # noqa: F811
        processes = [anna.start("secrets", "generate", "redis_password") for _ in range(4)]
        answers = [finish(process) for process in processes]
        assert [answer.code for answer in answers] == [0] * 4, answers
        assert len(anna("secrets", "show", "redis_password").out) == 65
        assert "stale" not in {row["state"] for row in anna("secrets", "list", "--json").data["secrets"]}

    @pytest.mark.parametrize(
        "words", [("set", "redis_password"), ("generate", "redis_password"), ("seal",), ("unseal",)]
    )
    def test_a_busy_environment_is_refused_where_nobody_waits(self, sealed: Cli, words: tuple[str, ...]) -> None:  # noqa: F811
        before = whole(folder_of(sealed))
        with (folder_of(sealed).parent / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer = sealed("secrets", *words, "--lock-wait", "0", "--json", code=7, stdin="a-new-value")
        assert answer.error["code"] == "busy"
        assert whole(folder_of(sealed)) == before

    def test_a_reader_never_waits(self, sealed: Cli) -> None:  # noqa: F811
        with (folder_of(sealed).parent / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (("list",), ("show", "redis_password"), ("verify",), ("scan",)):
                with ended(sealed.start("secrets", *words)) as process:
                    assert finish(process, timeout=60).code == 0

    def test_people_are_added_one_after_the_other(self, sealed: Cli) -> None:  # noqa: F811
        from stackctl.secrets.age import new_identity

        keys = [new_identity()[1] for _ in range(4)]
        processes = [sealed.start("secrets", "recipients", "add", key) for key in keys]
        assert [finish(process).code for process in processes] == [0] * 4
        found = {item["key"] for item in sealed("secrets", "recipients", "list", "--json").data["recipients"]}
        assert set(keys) < found


class TestDisk:
    def test_a_full_disk_leaves_the_old_value(self, sealed: Cli) -> None:  # noqa: F811
        said = mounted(
            sealed,
            """
            mount -t tmpfs -o size=256k small "$HOME_DIR/projects"
            echo first-value | "$S" secrets set redis_password; echo "first $?"
            dd if=/dev/zero of="$HOME_DIR/projects/filler" bs=1k 2>/dev/null
            head -c 65536 /dev/zero | tr '\\0' x | "$S" secrets set redis_password; echo "full $?"
            "$S" secrets generate redis_password --yes; echo "generated $?"
            "$S" secrets show redis_password
            rm "$HOME_DIR/projects/filler"
            ls -A "$HOME_DIR/projects/"*/secrets "$HOME_DIR/projects/"*/past
            echo second-value | "$S" secrets set redis_password; echo "second $?"
            """,
        )
        assert "first 0" in said
        assert "full 3" in said
        assert "No space left on device" in said
        assert "\nfirst-value\n" in said
        assert ".redis_password" not in said, "no temporary file is left"
        assert "second 0" in said

    def test_a_full_disk_leaves_the_old_sealed_file(self, sealed: Cli) -> None:  # noqa: F811
        before = sealed_file(sealed).read_text()
        sealed("secrets", "generate", "mongo_root")
        said = mounted(
            sealed,
            """
            cp -r env/core /tmp/$$-core && mount -t tmpfs -o size=64k small env/core
            cp -r /tmp/$$-core/. env/core && rm -r /tmp/$$-core
            dd if=/dev/zero of=env/core/filler bs=1k 2>/dev/null
            cp env/core/dev.secrets.age "$HOME_DIR/before"
            "$S" secrets seal; echo "full $?"
            cmp env/core/dev.secrets.age "$HOME_DIR/before" && echo same
            rm env/core/filler
            "$S" secrets seal; echo "later $?"
            """,
        )
        assert "full 3" in said
        assert "\nsame\n" in said
        assert "later 0" in said
        assert sealed_file(sealed).read_text() == before

    def test_a_read_only_home(self, sealed: Cli) -> None:  # noqa: F811
        said = mounted(
            sealed,
            """
            mount --bind "$HOME_DIR" "$HOME_DIR" && mount -o remount,bind,ro "$HOME_DIR"
            for verb in "generate redis_password" "remove redis_password --yes" seal unseal; do
                "$S" secrets $verb; echo "$verb: $?"
            done
            echo value-of-mine | "$S" secrets set redis_password; echo "set: $?"
            "$S" secrets list >/dev/null; echo "list: $?"
            "$S" secrets show redis_password >/dev/null; echo "show: $?"
            "$S" secrets verify >/dev/null; echo "verify: $?"
            """,
        )
        for verb in ("generate redis_password", "remove redis_password --yes", "seal", "unseal", "set"):
            assert f"{verb}: 3" in said, said
        for verb in ("list", "show", "verify"):
            assert f"{verb}: 0" in said, said
        assert "Read-only file system" in said

    def test_a_home_that_cannot_be_made(self, anna: Cli, tmp_path: Path) -> None:  # noqa: F811
        (tmp_path / "file").write_text("")
        other = Cli(anna.folder, tmp_path / "file" / "home", anna.token)
        for words in (("generate",), ("identity",)):
            assert other("secrets", *words, "--json", code=3).error["hint"]

    def test_a_store_that_others_can_read_is_refused(self, anna: Cli) -> None:  # noqa: F811
        folder_of(anna).chmod(0o755)
        for words in (("list",), ("show", "mongo_root"), ("generate", "mongo_root"), ("scan",)):
            assert "chmod 700" in anna("secrets", *words, "--json", code=3).error["hint"]

    def test_a_store_with_a_link_is_refused(self, anna: Cli, tmp_path: Path) -> None:  # noqa: F811
        path = folder_of(anna) / "mongo_root"
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
        assert (
            "symbolic link" in anna("secrets", "set", "mongo_root", "--json", code=3, stdin="value-x").error["message"]
        )
        assert not (tmp_path / "elsewhere").exists()
