"""Values that the tests of this room share."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stackctl.backup.catalogue import Entry
from stackctl.backup.manifest import Form, Manifest, Payload
from stackctl.backup.place import DiskPlace
from stackctl.backup.stream import store
from stackctl.engine.run import Outcome
from stackctl.services.saving.tar import TarWalk
from stackctl.workspace.files import DiskFiles
from tests.unit.fakes import FakeEngine, FakePipe

NO_FORM = Form(0, "")


def tar_bytes(size: int = 3000) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = size
        tar.addfile(member, io.BytesIO(b"z" * size))
    return out.getvalue()


def payload(service: str = "files", **facts: object) -> Payload:
    base = Payload(
        service=service,
        driver="generic",
        kind="volume",
        file=f"{service}.data.tar.zst",
        image="acme:1",
        image_id="sha256:1",
        image_kind="registry",
        version="",
        tool="GNU tar",
        consistency="quiesced",
        started="2026-01-02T03:04:05+00:00",
        ended="2026-01-02T03:04:06+00:00",
        plain=NO_FORM,
        stored=NO_FORM,
        counts={"files": 1, "bytes": 3000},
        proof={},
    )
    return Payload(**{**base.__dict__, **facts})


def manifest(set_id: str, *payloads: Payload, **facts: object) -> Manifest:
    base = Manifest(
        id=set_id,
        project="shop",
        stack="shop",
        environment="dev",
        model_sha256="",
        created=f"{set_id[:10]}T{set_id[11:19].replace('-', ':')}+00:00",
        stackctl="0.1.0",
        engine="26.1.5",
        consistency="quiesced",
        skew_seconds=1.0,
        encrypted=False,
        payloads=payloads,
    )
    return Manifest(**{**base.__dict__, **facts})


def place(root: Path) -> DiskPlace:
    return DiskPlace(root / "backups", DiskFiles())


def published(home: DiskPlace, set_id: str, recipients: tuple[str, ...] = (), **facts: object) -> Manifest:
    """Write a real set of one volume."""
    draft = home.begin(set_id)
    source = io.BytesIO(tar_bytes())
    with draft.data("files.data.tar.zst") as sink:
        stored = store(lambda: source.read(1000), sink, TarWalk(), recipients, lambda _size: None)
    proof = {**stored.proof.facts, "stream_bytes": stored.plain.bytes}
    one = payload(plain=stored.plain, stored=stored.stored, proof=proof)
    made = manifest(set_id, one, encrypted=bool(recipients), **facts)
    draft.publish(made)
    return made


def entry(set_id: str, level: str = "full", **notes: object) -> Entry:
    checks = [{"at": "2026-01-02T03:04:05+00:00", "level": level, "ok": True}] if level else []
    return Entry(set_id, manifest(set_id, payload()), {"verified": checks, **notes})


class ScratchEngine(FakeEngine):
    """One that notes what it runs, and gives what it starts an id."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[str, ...]] = []

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        self.ran.append(tuple(argv))
        return Outcome(0, "scratch-id\n", "", 0.0) if argv[0] == "run" else Outcome(0, "", "", 0.0)

    def left(self) -> set[str]:
        """What of the servers and volumes was not removed."""
        begun = {words[-1] for words in self.ran if words[:2] == ("volume", "create")}
        begun |= {words[words.index("--name") + 1] for words in self.ran if words[0] == "run"}
        return begun - {words[-1] for words in self.ran if "rm" in words[:2]}


def said(answer: Any) -> FakePipe:
    return FakePipe(json.dumps(answer).encode() + b"\n")
