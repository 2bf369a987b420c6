"""Bundles in few words: of a small shop on fakes, and unpacked again without our own reader."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from stackctl.bundle.make import Made, make, packed
from stackctl.bundle.manifest import NAME, FileFacts, Manifest
from stackctl.bundle.subject import Failure, Subject
from stackctl.errors import EngineError, StackctlError
from stackctl.workspace.codec import zstd
from stackctl.workspace.find import Place
from tests.unit.fakes import START
from tests.unit.lifecycle.made import Shop, ShopEngine

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from stackctl.engine.values import Container, EngineFacts


class DeadEngine(ShopEngine):
    """An engine that does not answer; Compose still merges files."""

    def facts(self) -> EngineFacts:
        raise EngineError("the Docker engine does not answer", "start it")

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        raise EngineError("the Docker engine does not answer", "start it")

    def inspect(self, ids: Collection[str]) -> list[Container]:
        raise EngineError("the Docker engine does not answer", "start it")


def subject(shop: Shop, failure: StackctlError | None = None) -> Subject:
    failed = Failure("up", failure) if failure else None
    return Subject(shop.doors.world, Place(shop.root, plain=False), shop.target, None, failed)


def bundle(shop: Shop, failure: StackctlError | None = None) -> Made:
    return make(subject(shop, failure))


def unpacked(data: bytes) -> dict[str, bytes]:
    """What `tar --zstd -x` would give."""
    with tarfile.open(fileobj=io.BytesIO(zstd().decompress(data))) as archive:
        return {item.name: archive.extractfile(item).read() for item in archive}  # type: ignore[union-attr]


def json_of(made: Made, name: str) -> Any:
    return json.loads(unpacked(made.data)[name])


def missing(made: Made) -> dict[str, str]:
    return {gap.name: gap.why.message for gap in made.manifest.missing}


def bundle_with(files: Mapping[str, bytes], /, **head: Any) -> bytes:
    """A bundle whose manifest fits these files, whatever is in them; `head` replaces keys of the manifest."""
    import hashlib

    facts = tuple(FileFacts(name, "", len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items())
    manifest = {**Manifest(START, "0.1.0", "shop", files=facts).as_dict(), **head}
    return packed(START, {NAME: json.dumps(manifest).encode(), **files})
