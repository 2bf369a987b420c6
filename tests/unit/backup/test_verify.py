from __future__ import annotations

import json
import random
from pathlib import Path
from typing import IO

import pytest

from stackctl.backup.catalogue import choose, entry
from stackctl.backup.place import DiskPlace
from stackctl.backup.verify import Checking, make_sure, verify
from stackctl.errors import BackupFailed, Misuse
from stackctl.secrets.age import Identity, new_identity, read_identities
from stackctl.workspace.files import DiskFiles
from tests.unit.backup import made
from tests.unit.fakes import FakeEngine, doors

ID = "2026-01-02T03-04-05-abcd"
FILE = "files.data.tar.zst"


@pytest.fixture
def home(tmp_path: Path) -> DiskPlace:
    place = made.place(tmp_path)
    made.published(place, ID)
    return place


def checking(place: DiskPlace, level: str = "full", identities: tuple[Identity, ...] = ()) -> Checking:
    return Checking(doors(place.root, FakeEngine()).world, place, level, identities)


def spoil(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def flip_a_bit(path: Path, seed: int) -> None:
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    spoil(path, bytes(data))


def test_a_sound_set_passes_and_the_result_is_kept(home: DiskPlace) -> None:
    verify(checking(home, "quick"), ID)
    verify(checking(home), ID)
    assert entry(home, ID).verified[0] == "full"
    assert choose(home, "latest").id == ID


@pytest.mark.parametrize("seed", range(20))
def test_one_flipped_bit_is_found_and_noted(home: DiskPlace, seed: int) -> None:
    verify(checking(home), ID)
    flip_a_bit(home.root / ID / FILE, seed)
    with pytest.raises(BackupFailed, match=FILE):
        verify(checking(home), ID)
    assert entry(home, ID).verified == ("", ""), "what it passed before counts no more"
    with pytest.raises(Misuse, match="passed a check"):
        choose(home, "latest")


@pytest.mark.parametrize("level", ["quick", "full"])
def test_a_cut_file_is_found_by_its_size(home: DiskPlace, level: str) -> None:
    path = home.root / ID / FILE
    spoil(path, path.read_bytes()[:-1])
    with pytest.raises(BackupFailed, match="bytes, not"):
        verify(checking(home, level), ID)


def test_a_missing_file_is_named(home: DiskPlace) -> None:
    (home.root / ID / FILE).unlink()
    with pytest.raises(BackupFailed, match=FILE):
        verify(checking(home, "quick"), ID)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.update(schema=99), "format 99"),
        (lambda raw: raw["payloads"][0].update(counts={}), "was changed"),
        (lambda raw: raw.update(project="other"), "was changed"),
        (lambda raw: raw.clear(), "cannot be read"),
    ],
)
def test_an_edited_manifest_is_refused(home: DiskPlace, change: object, says: str) -> None:
    path = home.root / ID / "manifest.json"
    raw = json.loads(path.read_bytes())
    change(raw)  # type: ignore[operator]
    spoil(path, json.dumps(raw).encode())
    with pytest.raises(BackupFailed, match=says):
        verify(checking(home, "quick"), ID)
    assert entry(home, ID).manifest is None


def test_a_manifest_of_another_set_is_refused(home: DiskPlace) -> None:
    other = "2026-01-02T03-04-06-abcd"
    made.published(home, other)
    spoil(home.root / ID / "manifest.json", (home.root / other / "manifest.json").read_bytes())
    with pytest.raises(BackupFailed, match=f"belongs to the set {other}"):
        verify(checking(home), ID)


def test_an_encrypted_set_needs_its_key(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    (secret, public), (other, _public) = new_identity(), new_identity()
    right, wrong = (read_identities(key.encode(), "here")[0] for key in (secret, other))
    made.published(place, ID, (public,))
    verify(checking(place, identities=(right,)), ID)
    for keys, code in (((), "no-key"), ((wrong,), "wrong-key")):
        with pytest.raises(BackupFailed) as raised:
            verify(checking(place, identities=keys), ID)
        assert raised.value.code == code
    assert entry(place, ID).verified[0] == "full", "a wrong key says nothing about the set"


def test_a_change_is_told_also_to_who_has_no_key(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    made.published(place, ID, (new_identity()[1],))
    path = place.root / ID / FILE
    data = path.read_bytes()
    spoil(path, data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(BackupFailed, match="changed after it was written"):
        verify(checking(place), ID)
    assert not entry(place, ID).verified[0]


class Opened(DiskPlace):
    """Counts which payloads are opened to be unpacked: a check of the content opens each twice, of the bytes once."""

    def __init__(self, place: DiskPlace) -> None:
        super().__init__(place.root, DiskFiles())
        self.names: list[str] = []

    def open(self, set_id: str, name: str) -> IO[bytes]:
        self.names.append(name)
        return super().open(set_id, name)


def test_what_a_restore_reads_is_unpacked_where_no_check_did_it_before(home: DiskPlace) -> None:
    opened = Opened(home)
    make_sure(checking(opened), ID, ("files",))
    assert opened.names == [FILE, FILE]
    assert entry(home, ID).verified[0] == "full", "it holds nothing else, so the whole set has passed"
    opened.names.clear()
    make_sure(checking(opened), ID, ("files",))
    assert opened.names == [FILE], "what the same bytes unpack to cannot have changed"


def test_what_a_restore_does_not_read_is_left_alone(home: DiskPlace) -> None:
    opened = Opened(home)
    make_sure(checking(opened), ID, ("other",))
    assert opened.names == []
    assert not entry(home, ID).verified[0]


@pytest.mark.parametrize("seed", range(10))
def test_a_bit_that_flipped_after_a_check_is_found_before_a_restore(home: DiskPlace, seed: int) -> None:
    verify(checking(home), ID)
    flip_a_bit(home.root / ID / FILE, seed)
    with pytest.raises(BackupFailed, match=f"{FILE} of {ID} was changed"):
        make_sure(checking(home), ID, ("files",))
    assert entry(home, ID).verified == ("", "")
    opened = Opened(home)
    with pytest.raises(BackupFailed):
        make_sure(checking(opened), ID, ("files",))
    assert opened.names == [FILE, FILE], "a set that failed since is unpacked again"


def test_a_check_of_another_manifest_says_nothing(home: DiskPlace) -> None:
    verify(checking(home), ID)
    notes = home.notes(ID)
    notes["verified"][-1]["manifest"] = "0" * 64
    home.note(ID, notes)
    opened = Opened(home)
    make_sure(checking(opened), ID, ())
    assert opened.names == [FILE, FILE]


def test_a_sealed_set_is_opened_before_each_restore(tmp_path: Path) -> None:
    place = made.place(tmp_path)
    (secret, public), (other, _public) = new_identity(), new_identity()
    right, wrong = (read_identities(key.encode(), "here")[0] for key in (secret, other))
    made.published(place, ID, (public,))
    make_sure(checking(place, identities=(right,)), ID, ())
    with pytest.raises(BackupFailed) as raised:
        make_sure(checking(place, identities=(wrong,)), ID, ())
    assert raised.value.code == "wrong-key"
