"""A set restored for trial: what helpers say of it decides; the helpers themselves are in tests/engine and faults."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from stackctl.backup.manifest import Payload
from stackctl.backup.place import DiskPlace
from stackctl.backup.stream import store
from stackctl.backup.verify import Checking, verify
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Walk
from stackctl.services.saving.mongodb_archive import ArchiveWalk
from stackctl.services.saving.redis import RdbWalk
from stackctl.services.saving.tar import TarWalk
from tests.unit.backup import made
from tests.unit.backup.made import ScratchEngine, said
from tests.unit.fakes import FakePipe, doors, image
from tests.unit.services.saving.test_mongodb_archive import made as archive_of

ID = "2026-01-02T03-04-05-abcd"
IMAGE = "acme:1"
ONE, TWO = b"\x05\0\0\0\0", b"\x0c\0\0\0\x10a\0\1\0\0\0\0"
RDB = b"REDIS0011" + bytes(8) + b"\xff" + bytes(8)
LOOK = said({"version": "7", "set": "", "names": [], "views": [], "capped": []})


def published(folder: Path, kind: str, data: bytes, walk: Walk) -> DiskPlace:
    place = made.place(folder)
    draft = place.begin(ID)
    name = f"db.{kind}.zst"
    source = io.BytesIO(data)
    with draft.data(name) as sink:
        stored = store(lambda: source.read(5000), sink, walk, (), lambda _size: None)
    proof = stored.proof
    sums = {"plain": stored.plain, "stored": stored.stored, "counts": proof.counts, "proof": proof.facts}
    payload: Payload = made.payload("db", driver=kind, kind=kind, file=name, image=IMAGE, image_id="", **sums)
    draft.publish(made.manifest(ID, payload))
    return place


def tried(place: DiskPlace, *pipes: FakePipe) -> str:
    """Give why the trial failed, empty where it did not."""
    engine = ScratchEngine()
    engine.local[IMAGE] = image(IMAGE)
    engine.pipes = list(pipes)
    try:
        verify(Checking(doors(place.root, engine).world, place, "restore"), ID)
    except BackupFailed as error:
        assert error.code == "damaged"
        return error.message
    finally:
        assert engine.left() == set()
    assert not engine.pipes, "all of it was asked"
    return ""


def again() -> FakePipe:
    return said({})


def test_documents_are_compared_and_counted(tmp_path: Path) -> None:
    archive = archive_of({"shop.items": [ONE, TWO]})
    place = published(tmp_path, "mongodb", archive, ArchiveWalk())
    right = said({"shop.items": 2})
    assert tried(place, said({}), FakePipe(), again(), FakePipe(archive), right) == ""


@pytest.mark.parametrize(
    ("dumped", "count", "says"),
    [
        ([ONE, ONE], 2, "shop.items has another content"),
        ([TWO, ONE], 2, "shop.items has another content"),
        ([ONE, TWO], 1, "shop.items has 1 documents instead of 2"),
    ],
)
def test_other_documents_and_numbers_are_named(tmp_path: Path, dumped: list[bytes], count: int, says: str) -> None:
    place = published(tmp_path, "mongodb", archive_of({"shop.items": [ONE, TWO]}), ArchiveWalk())
    second = FakePipe(archive_of({"shop.items": dumped}))
    assert says in tried(place, said({}), FakePipe(), again(), second, said({"shop.items": count}))


def test_a_second_dump_that_is_cut_is_no_proof(tmp_path: Path) -> None:
    archive = archive_of({"shop.items": [ONE, TWO]})
    place = published(tmp_path, "mongodb", archive, ArchiveWalk())
    assert "ends" in tried(place, said({}), FakePipe(), again(), FakePipe(archive[:-9]))


def test_files_are_compared_once_they_are_there(tmp_path: Path) -> None:
    place = published(tmp_path, "volume", made.tar_bytes(), TarWalk())
    sent = FakePipe()
    assert tried(place, said({"files": 1}), sent, said({})) == ""
    assert bytes(sent.got) == (place.root / ID / "db.volume.zst").read_bytes(), "as it is stored: the helper unpacks it"
    assert "instead of 1" in tried(place, said({"files": 2}))


def test_other_files_are_a_failure(tmp_path: Path) -> None:
    place = published(tmp_path, "volume", made.tar_bytes(), TarWalk())
    differs = FakePipe(err="./file: Contents differ\nerror: what is staged is not what was saved\n", code=1)
    engine = ScratchEngine()
    engine.local[IMAGE] = image(IMAGE)
    engine.pipes = [said({"files": 1}), differs]
    with pytest.raises(BackupFailed, match="what is staged is not what was saved"):
        verify(Checking(doors(place.root, engine).world, place, "restore"), ID)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"bytes": len(RDB), "sha256": "0" * 64}, "what was staged is not what was saved"),
        ({"bytes": 1, "sha256": hashlib.sha256(RDB).hexdigest()}, f"1 bytes were staged instead of {len(RDB)}"),
    ],
)
def test_a_staged_file_is_known_by_its_digest(tmp_path: Path, found: dict[str, object], says: str) -> None:
    place = published(tmp_path, "redis", RDB, RdbWalk())
    assert says in tried(place, said(found))
