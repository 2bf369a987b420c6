from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stackctl.backup.catalogue import choose, entries
from stackctl.errors import BackupFailed, Misuse
from tests.unit.backup import made

ONE, TWO = "2026-01-02T03-04-05-abcd", "2026-01-03T03-04-05-abcd"


def test_a_set_is_there_when_it_is_published_and_not_before(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    draft = place.begin(ONE)
    with draft.data("a.zst") as sink:
        sink.write(b"x")
    assert place.ids() == []
    draft.publish(made.manifest(ONE))
    assert place.ids() == [ONE]
    assert stat.S_IMODE((place.root).stat().st_mode) == 0o700
    assert stat.S_IMODE((place.root / ONE / "a.zst").stat().st_mode) == 0o400


def test_what_a_killed_run_left_is_never_listed_and_swept(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    with place.begin(ONE).data("a.zst") as sink:
        sink.write(b"x")
    assert (place.ids(), place.sweep(), list(place.root.iterdir())) == ([], [f".partial-{ONE}"], [])


def test_a_failed_write_says_so_and_names_the_file(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    draft = place.begin(ONE)
    with pytest.raises(BackupFailed, match=r"a\.zst cannot be written"), draft.data("a.zst"):
        raise OSError(28, "No space left on device")
    draft.drop()
    assert list(place.root.iterdir()) == []


def test_a_payload_outside_of_the_set_is_refused(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    made.published(place, ONE)
    with pytest.raises(BackupFailed, match="outside"):
        place.open(ONE, "../secret")


def test_words_for_a_set(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    with pytest.raises(Misuse, match="no backups yet"):
        choose(place, "latest")
    for set_id in (ONE, TWO):
        made.published(place, set_id)
        place.note(set_id, {"verified": [{"at": "2026-01-05T00:00:00+00:00", "level": "full", "ok": True}]})
    assert choose(place, "").id == TWO
    assert choose(place, "2026-01-02").id == ONE
    assert choose(place, "2026-01-02T12:00:00+00:00").id == ONE
    assert choose(place, "latest", ["files"]).id == TWO
    for word, says in (
        ("2026-01", "means 2 sets"),
        ("2025-01-01", "or before"),
        ("2026-01-02T03-04-05-abce", "no set"),
    ):
        with pytest.raises(Misuse, match=says):
            choose(place, word)
    with pytest.raises(Misuse, match="no set holds other"):
        choose(place, "latest", ["other"])
    assert [item.problem for item in entries(place)] == ["", ""]


def test_a_copy_that_was_killed_can_be_begun_again(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    with place.begin(ONE).data("a.zst") as sink:
        sink.write(b"half")
    place.begin(ONE)
    assert list((place.root / f".partial-{ONE}").iterdir()) == []
