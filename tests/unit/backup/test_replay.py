"""A set with an oplog: what a throw-away server has after the replay is what is put beside the live data."""

from __future__ import annotations

import gzip
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from stackctl.backup.helpers import Seat
from stackctl.backup.journal import Journal, journal_path
from stackctl.backup.manifest import Manifest
from stackctl.backup.place import DiskPlace
from stackctl.backup.replay import replayed, stage_replayed, writes_of
from stackctl.backup.restore_plan import Part, RestorePlan, RestoreRequest, plan_restore
from stackctl.backup.staging import Origin
from stackctl.backup.stream import store
from stackctl.backup.subjects import Item
from stackctl.backup.verify import Checking, verify
from stackctl.engine.door import Compose
from stackctl.errors import BackupFailed
from stackctl.lifecycle.scene import Scene
from stackctl.services.registry import driver_for
from stackctl.services.saving.base import Damaged, Subject
from stackctl.services.saving.mongodb import MongoSaver
from stackctl.services.saving.mongodb_archive import ArchiveWalk
from stackctl.workspace.target import Setting, Target
from tests.unit.backup import made
from tests.unit.backup.made import ScratchEngine, said
from tests.unit.fakes import Doors, FakePipe, container, doors, image, stack_of
from tests.unit.services.saving.test_mongodb_archive import made as archive_of

ID = "2026-01-02T03-04-05-abcd"
ARCHIVE = gzip.decompress((Path(__file__).parents[1] / "services" / "recorded" / "oplog.archive.gz").read_bytes())
IMAGE = "stackctl/mongodb:local"
REFUSED = "Failed: restore error: error applying oplog: applyOps: (CommandNotFound) no such command: 'applyOps'\n"


@dataclass
class Lab:
    """A published set, the plan to restore it, and the fakes."""

    here: Doors
    engine: ScratchEngine
    place: DiskPlace
    manifest: Manifest
    plan: RestorePlan

    @property
    def checking(self) -> Checking:
        return Checking(self.here.world, self.place, "restore")

    def replayed(self, plan: RestorePlan | None = None) -> AbstractContextManager[RestorePlan]:
        return replayed(self.here.world, Origin(self.place, self.manifest), self.journal, plan or self.plan)

    @property
    def journal(self) -> Journal:
        return Journal(self.here.world, "shop", {"record": {"set": ID}})

    def answers(self, *pipes: FakePipe) -> None:
        self.engine.pipes = list(pipes)

    def scripts(self) -> list[str]:
        """What ran in which container, shortly."""
        found = []
        for asked in self.engine.asked:
            does = [word.removeprefix("SAVE_DO=") for word in asked if word.startswith("SAVE_DO=")]
            kind = next(iter(does), "") or next(w for w in ("--oplogReplay", "mongodump", "nsFrom") if w in asked[-1])
            where = next(word for word in asked if word.startswith("container:"))
            found.append(f"{kind} {where.removeprefix('container:')}")
        return found


def counts(**changed: int) -> dict[str, int]:
    """What the recorded set has after its replay, but for these."""
    proof = made_proof(ARCHIVE)
    found = {**proof.counts, "shop.later": 1, **{f"shop.{name}": count for name, count in changed.items()}}
    return {name: count for name, count in found.items() if count >= 0}


def made_proof(data: bytes) -> Any:
    walk = ArchiveWalk()
    walk.feed(data)
    return walk.end()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    engine = ScratchEngine()
    here = doors(tmp_path, engine)
    engine.local[IMAGE] = image(IMAGE)
    place = made.place(tmp_path)
    draft = place.begin(ID)
    source = io.BytesIO(ARCHIVE)
    with draft.data("db.archive.zst") as sink:
        stored = store(lambda: source.read(5000), sink, ArchiveWalk(), (), lambda _size: None)
    facts = {"driver": "mongodb", "kind": "mongodb", "file": "db.archive.zst", "image": IMAGE, "image_id": ""}
    sums = {"plain": stored.plain, "stored": stored.stored, "counts": stored.proof.counts, "proof": stored.proof.facts}
    payload = made.payload("db", **facts, **sums, store={"target": "/data/db"})
    manifest = made.manifest(ID, payload, project="elsewhere")
    draft.publish(manifest)
    live = container("db", image=IMAGE)
    item = Item("db", driver_for(IMAGE, {}), MongoSaver(), IMAGE, live, None, (), payload.file)
    subject = Subject("db", side="0a0b0c0d", state={"before": ["shop.items"], "arriving": ["shop.items"]})
    part = Part(payload, item, subject, Seat("shop", "db", "live-id", "live-image"), replay=True)
    target = Target(tmp_path, True, "shop", Setting("dev", "default"), "", "shop", tmp_path, ())
    scene = Scene(target, Compose("shop", (), tmp_path, {}), stack_of({"db": {"image": IMAGE}}), [live])
    return Lab(here, engine, place, manifest, RestorePlan(scene, manifest, (part,), (), ()))


READY = {"version": "7", "set": "", "names": [], "views": []}
AFTER = {"version": "7", "set": "", "names": ["shop.items", "shop.later"], "views": ["shop.seen"]}


def test_the_counts_after_the_replay_are_those_that_must_arrive(lab: Lab) -> None:
    lab.answers(said(READY), FakePipe(), said(counts(items=4)), said(AFTER))
    with lab.replayed() as ready:
        (part,) = ready.parts
        assert part.wanted == counts(items=4)
        assert {"shop.later", "shop.seen"} <= set(part.subject.state["arriving"]), "an undo has to know them"
        assert part.subject.state["before"] == ["shop.items"]
        assert part.replayed is not None
        assert part.replayed.container == "scratch-id"
        assert lab.engine.left(), "it is there while it is put in place"
        assert journal_path(lab.here.world.shell, "shop").exists(), "a kill now leaves something to remove"
    assert lab.engine.left() == set()
    assert lab.scripts() == [
        "settle scratch-id",
        "--oplogReplay scratch-id",
        "count scratch-id",
        "look scratch-id",
    ]
    servers = [words for words in lab.engine.ran if words[0] == "run"]
    assert all(words[words.index("--network") + 1] == "none" and IMAGE in words for words in servers)
    assert all("stackctl.helper=shop" in words for words in (*servers, lab.engine.ran[0])), "where a kill left it"


def test_the_image_that_runs_stands_in_for_one_that_is_not_here(lab: Lab) -> None:
    lab.engine.local.clear()
    lab.answers(said(READY), FakePipe(), said(counts()), said(AFTER))
    with lab.replayed():
        assert [words[-1] for words in lab.engine.ran if words[0] == "run"] == ["live-image"]


@pytest.mark.parametrize(
    ("replay", "found", "code", "says"),
    [
        (FakePipe(err=REFUSED, code=1), {}, "replay-failed", "no such command: 'applyOps'"),
        (FakePipe(err="Failed: no space left on device\n", code=1), {}, "disk-full", "no space left"),
        (FakePipe(), counts(items=10), "replay-failed", "4 to 9 are possible"),
        (FakePipe(), counts(orders=-1), "replay-failed", "shop.orders is missing"),
    ],
)
def test_a_replay_that_fails_changes_nothing_and_says_so(
    lab: Lab, replay: FakePipe, found: dict[str, int], code: str, says: str
) -> None:
    lab.answers(said(READY), replay, said(found))
    with (
        pytest.raises(BackupFailed, match="nothing was changed") as raised,
        lab.replayed(),
    ):
        pytest.fail("nothing may follow")
    assert says in raised.value.message
    assert raised.value.code == code
    assert (f"stackctl restore {ID} --without-oplog" in raised.value.hint) == (code == "replay-failed")
    assert lab.engine.left() == set()
    assert not journal_path(lab.here.world.shell, "shop").exists()


def test_verify_by_restore_finds_it_and_notes_it(lab: Lab) -> None:
    lab.answers(said(READY), FakePipe(err=REFUSED, code=1))
    with pytest.raises(BackupFailed, match="applyOps"):
        verify(lab.checking, ID)
    lab.answers(said(READY), FakePipe(), said(counts(items=10)))
    with pytest.raises(BackupFailed, match=r"restored for trial: db: shop\.items has 10") as raised:
        verify(lab.checking, ID)
    assert raised.value.code == "damaged"
    lab.answers(said(READY), FakePipe(), said(counts()))
    verify(lab.checking, ID)
    assert [check["ok"] for check in lab.place.notes(ID)["verified"]] == [False, False, True]
    assert lab.engine.left() == set()


def test_without_a_replay_nothing_is_started(lab: Lab) -> None:
    (part,) = lab.plan.parts
    plan = replace(lab.plan, parts=(replace(part, replay=False),))
    with lab.replayed(plan) as ready:
        assert ready is plan
    assert (lab.engine.ran, lab.engine.asked) == ([], [])


@pytest.mark.parametrize("oplog", [True, False])
def test_the_plan_says_whether_it_is_replayed(lab: Lab, oplog: bool) -> None:
    lab.answers(said(READY), said({}))
    plan = plan_restore(lab.here.world, lab.plan.scene, lab.manifest, RestoreRequest(oplog=oplog))
    step = "replay the oplog of db (9 entries) over the set in a throw-away server"
    steps = plan.steps(safety=True)
    assert [part.replay for part in plan.parts] == [oplog]
    assert steps.index(step) == 1 if oplog else step not in steps, "after the safety copy, before all else"
    assert any("may be in it or not" in warning for warning in plan.warnings) != oplog


def test_only_a_set_with_writes_is_replayed() -> None:
    assert writes_of(made.payload(kind="mongodb", proof={})) == 0
    assert writes_of(made.payload(kind="mongodb", proof={"oplog": {"entries": 3}})) == 3
    assert writes_of(made.payload(proof={"oplog": {"entries": 3}})) == 0, "files have none"


def put_beside(lab: Lab, *pipes: FakePipe) -> None:
    (part,) = lab.plan.parts
    wanted = replace(part.payload, counts={"shop.items": 2})
    lab.answers(*pipes)
    seat = Seat("shop", "db", "scratch-id", IMAGE)
    stage_replayed(lab.here.world, replace(part, payload=wanted, replayed=seat))


DUMPED = archive_of({"shop.items": [b"\x05\0\0\0\0"] * 2})


def test_what_the_throw_away_server_has_goes_beside_the_live_data(lab: Lab) -> None:
    staging = FakePipe()
    put_beside(lab, FakePipe(DUMPED, piece=7), staging)
    assert bytes(staging.got) == DUMPED
    assert lab.scripts() == ["mongodump scratch-id", "nsFrom live-id"]


@pytest.mark.parametrize(
    ("dumping", "staging", "error", "says"),
    [
        (FakePipe(DUMPED[:-5]), FakePipe(), Damaged, "ends"),
        (FakePipe(DUMPED, err="Failed: connection closed\n", code=1), FakePipe(), BackupFailed, "connection closed"),
        (FakePipe(archive_of({"shop.items": []})), FakePipe(), Damaged, "not what was counted"),
        (FakePipe(DUMPED), FakePipe(err="Failed: no\n", code=1), BackupFailed, "Failed: no"),
    ],
)
def test_half_of_it_is_not_taken_for_all(
    lab: Lab, dumping: FakePipe, staging: FakePipe, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        put_beside(lab, dumping, staging)
