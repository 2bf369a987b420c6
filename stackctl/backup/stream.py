"""A payload on its way: bytes → digest → zstd → [age] → digest → file, and back. Nothing is kept but a few chunks."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import IO, TYPE_CHECKING, Any, Protocol

from stackctl.backup.manifest import Form
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Damaged

if TYPE_CHECKING:
    from stackctl.secrets.age import Identity
    from stackctl.services.saving.base import Proof, Walk

# Threads hand these on: with 1 MiB the handing over takes a quarter of the time that digesting does.
CHUNK = 4 << 20
PACKED = 1 << 20
LEVEL = 3
Told = Callable[[int], None]


class _Counting:
    """A sink that counts and digests what passes."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._sha = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self._sha.update(data)
        self.bytes += len(data)
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()

    def form(self) -> Form:
        return Form(self.bytes, self._sha.hexdigest())


def store(read: Callable[[], bytes], sink: IO[bytes], walk: Walk, recipients: Sequence[str], told: Told) -> Stored:
    """Read to the end, write the stored form, and give both forms and the proof.

    Raises Damaged where the payload is not whole, OSError from the sink.
    """
    stored = _Counting(sink)
    plain = hashlib.sha256()
    size = 0
    with _encrypted(stored, recipients) as out:
        compressor = _compressor()
        while data := read():
            walk.feed(data)
            plain.update(data)
            size += len(data)
            out.write(compressor.compress(data))
            told(size)
        out.write(compressor.flush())
    if size == 0:
        raise Damaged("nothing came")
    return Stored(Form(size, plain.hexdigest()), stored.form(), walk.end())


class Stored:
    """What was stored: the plain form, the stored form, and what the walk proved."""

    def __init__(self, plain: Form, stored: Form, proof: Proof) -> None:
        self.plain = plain
        self.stored = stored
        self.proof = proof


class Readable(Protocol):
    """Bytes to read."""

    def read(self, size: int = ..., /) -> bytes:
        """Give the next bytes, at most so many; nothing at the end."""
        ...


class Digesting:
    """The stored form of a file, digested as it is read.

    Where its content is unpacked beside it, it is read in a `step` between two chunks of that: in a thread of its own
    it would take the core from the one that unpacks, which everything waits for.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._sha = hashlib.sha256()
        self.bytes = 0

    def read(self, size: int = CHUNK) -> bytes:
        """Read on."""
        data = self._source.read(size)
        self._sha.update(data)
        self.bytes += len(data)
        return data

    def step(self) -> bool:
        """Read on; say whether there was more."""
        return bool(self.read())

    def form(self) -> Form:
        """Read what is left, and give the form."""
        while self.step():
            pass
        return Form(self.bytes, self._sha.hexdigest())


def unsealed(source: Readable, encrypted: bool, identities: Sequence[Identity]) -> Iterator[bytes]:
    """Give a stored payload as it was before it was encrypted: zstd, which whoever gets it unpacks and checks.

    Raises Damaged for a cut or flipped one, BackupFailed without the right key.
    """
    with _decrypted(source, identities) if encrypted else _as_is(source) as inner:
        while data := inner.read(PACKED):
            yield data


def load(source: Readable, encrypted: bool, identities: Sequence[Identity]) -> Iterator[bytes]:
    """Give the plain bytes of a stored payload.

    Raises Damaged for a cut or flipped one, BackupFailed without the right key. Earlier bytes are out by then: nothing
    may be built on them before the end. The next chunk is made in a thread while the caller works on this one.
    """
    from stackctl.workspace.codec import zstd

    with _decrypted(source, identities) if encrypted else _as_is(source) as inner:
        try:
            with ThreadPoolExecutor(1) as beside:
                chunks = _unpacked(inner)
                coming = beside.submit(next, chunks, b"")
                while data := coming.result():
                    coming = beside.submit(next, chunks, b"")
                    yield data
        except (zstd().ZstdError, OSError) as error:
            raise Damaged(f"it does not decompress: {error}") from error


def _unpacked(source: Readable) -> Iterator[bytes]:
    """Give what one frame holds. `ZstdFile` copies everything once more: half as much time again."""
    from stackctl.workspace.codec import zstd

    unpack = zstd().ZstdDecompressor()
    while not unpack.eof:
        packed = source.read(PACKED) if unpack.needs_input else b""
        if unpack.needs_input and not packed:
            raise Damaged("it does not decompress: it ends in the middle")
        if data := unpack.decompress(packed, max_length=CHUNK):
            yield data
    if unpack.unused_data or source.read(1):
        raise Damaged("it does not decompress: something stands behind its end")


def _compressor() -> Any:
    from stackctl.workspace.codec import zstd

    parameter = zstd().CompressionParameter
    # Off by default in both Python libraries: without it a flipped bit decodes to wrong data and nobody notices.
    options = {parameter.compression_level: LEVEL, parameter.checksum_flag: 1}
    if (os.cpu_count() or 1) > 1:
        options[parameter.nb_workers] = min(4, os.cpu_count() or 1)
    return zstd().ZstdCompressor(options=options)


@contextmanager
def _as_is(source: Readable) -> Iterator[Readable]:
    yield source


@contextmanager
def _encrypted(stored: _Counting, recipients: Sequence[str]) -> Iterator[Any]:
    if not recipients:
        yield stored
        return
    from stackctl.secrets.age import seal_stream

    with _through(lambda source: seal_stream(source, stored, recipients)) as stream:
        yield stream


def _decrypted(source: Readable, identities: Sequence[Identity]) -> AbstractContextManager[Readable]:
    from stackctl.secrets.age import open_stream

    if not identities:
        raise BackupFailed("the set is encrypted, and there is no key here", "name it: -i FILE", code="no-key")
    return _from(lambda sink: open_stream(source, sink, identities))


@contextmanager
def _through(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Give a stream to write to; `work` reads it in a thread. Its error is raised at the end."""
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(read_end, "rb") as source:
            try:
                work(source)
            except BaseException as error:
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(write_end, "wb", buffering=PACKED) as stream:
            yield stream
    except BrokenPipeError:
        thread.join()
        raise (failed or [BackupFailed("encrypting failed")])[0] from None
    thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _from(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Give a stream to read from; `work` writes it in a thread. Its error is raised at the end."""
    read_end, write_end = os.pipe()
    from stackctl.secrets.age import NotForUs

    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(write_end, "wb") as sink:
            try:
                work(sink)
            except BrokenPipeError:
                pass
            except BaseException as error:
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        try:
            with os.fdopen(read_end, "rb") as stream:
                yield stream
        finally:
            thread.join()
    except Damaged:
        if not failed:
            raise
    if failed and isinstance(failed[0], NotForUs):
        raise BackupFailed("the set was encrypted for other keys", "name the right one: -i FILE", code="wrong-key")
    if failed:
        raise Damaged("it does not decrypt: it is cut or changed")
