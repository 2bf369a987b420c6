from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.backup.found import find_set, is_set, no_such_word
from stackctl.errors import BackupFailed, Misuse
from stackctl.workspace.files import DiskFiles
from tests.unit.backup import made
from tests.unit.backup.test_setfile import written

ONE, TWO = "2026-01-02T03-04-05-abcd", "2026-01-03T03-04-05-abcd"
PASSED = {"verified": [{"at": "2026-01-05T00:00:00+00:00", "level": "full", "ok": True}]}


@pytest.mark.parametrize("word", ["latest", "2026-01", ONE, "2026-01-02", "./x.tar", "~/x", "a/b", "x.tar", "here"])
def test_words_that_mean_a_set(tmp_path: Path, word: str) -> None:
    (tmp_path / "here").touch()
    assert is_set(word, [ONE], tmp_path)


@pytest.mark.parametrize("word", ["mongodb", "latst", "2026", "tar"])
def test_words_that_do_not(tmp_path: Path, word: str) -> None:
    assert not is_set(word, [ONE], tmp_path)


def test_an_id_a_time_a_file_and_a_folder(tmp_path: Path) -> None:
    home = made.place(tmp_path)
    for set_id in (ONE, TWO):
        made.published(home, set_id)
        home.note(set_id, PASSED)
    written(tmp_path / "shop.tar")

    def found(word: str, *services: str) -> tuple[str, Path | None]:
        item = find_set(home, word, services, DiskFiles(), tmp_path)
        return item.entry.id, getattr(item.place, "path", None) or getattr(item.place, "root", None)

    assert found("") == (TWO, home.root)
    assert found("2026-01-02") == (ONE, home.root)
    assert found("2026-01-02T23-00", "files") == (ONE, home.root), "a time as ids are written: the last set before it"
    assert found("2026-01-04T00:00:00+00:00") == (TWO, home.root)
    assert found("./shop.tar") == (ONE, tmp_path / "shop.tar")
    assert found("shop.tar") == (ONE, tmp_path / "shop.tar")
    assert found(f"./backups/{TWO}") == (TWO, home.root)


def test_what_is_not_there(tmp_path: Path) -> None:
    home = made.place(tmp_path)
    made.published(home, ONE)
    (tmp_path / "text.tar").write_text("hello")
    for word, says in (("./nix.tar", "no file"), ("./backups", "is no set"), ("2026-01-02T02-00", "no set from")):
        with pytest.raises(Misuse, match=says):
            find_set(home, word, (), DiskFiles(), tmp_path)
    with pytest.raises(Misuse, match="no set that holds other from"):
        find_set(home, "2026-01-04T02-00", ("other",), DiskFiles(), tmp_path)
    with pytest.raises(BackupFailed, match=r"text\.tar is no whole set"):
        find_set(home, "./text.tar", (), DiskFiles(), tmp_path)


@pytest.mark.parametrize(("word", "guess"), [("latst", "latest"), ("mongdb", "mongodb"), ("udno", "undo"), ("zzz", "")])
def test_a_word_that_is_neither_gets_a_near_one(word: str, guess: str) -> None:
    error = no_such_word(word, ["mongodb", "redis"], [ONE])
    assert (f"did you mean “{guess}”?" in error.hint) == bool(guess)
    assert ONE in error.hint
