"""From what was gathered to the bytes of a bundle: scrub each file, say in the manifest what became of it, pack."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import tarfile
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import stackctl
from stackctl.bundle.gather import gather
from stackctl.bundle.manifest import NAME, README, REVIEW, FileFacts, Gap, Manifest, Told, told
from stackctl.bundle.scrub import Scrubber, kinds
from stackctl.errors import StackctlError
from stackctl.workspace.codec import zstd

if TYPE_CHECKING:
    from stackctl.bundle.gather import Gathered, Raw
    from stackctl.bundle.subject import Subject

LONGEST_NAME = 80  # a tar's field for it has 100 bytes
_README = """\
A bundle of stackctl: what one environment looked like, for somebody who helps.

{review} What was hidden stands as ***; manifest.json says where and how much.

Judge it again, on any machine, without Docker:   stackctl why --bundle FILE
Read a log of it:                                 stackctl logs --file logs/NAME.jsonl
"""


@dataclass(frozen=True)
class Made:
    """A bundle that is not written yet."""

    manifest: Manifest
    data: bytes


def make(subject: Subject, scrubber: Callable[[], Scrubber] | None = None) -> Made:
    """Look at everything, scrub it, and give the bundle. Never raises for what is broken in the project."""
    return made_of(subject, gather(subject), scrubber or (lambda: Scrubber(subject.world.mask)))


def made_of(subject: Subject, gathered: Gathered, scrubber: Callable[[], Scrubber]) -> Made:
    """Give the bundle of what was gathered; a file whose scrubber fails is left out and named."""
    files: dict[str, bytes] = {}
    facts: list[FileFacts] = []
    missing = list(gathered.missing)
    for raw in gathered.files:
        scrub = scrubber()
        try:
            data = _text(raw, scrub).encode("utf-8", "replace")
        except Exception as error:  # whatever it is: what is not clean stays here
            why = Told(9, "not-scrubbed", f"left out, its secrets could not be taken away: {_short(error)}")
            missing.append(Gap(raw.name, raw.about, why))
            continue
        name = _name(scrub.text(raw.name), files)
        files[name] = data
        digest = hashlib.sha256(data).hexdigest()
        facts.append(FileFacts(name, scrub.text(raw.about), len(data), digest, kinds(scrub.redacted)))
    clean = scrubber()
    manifest = Manifest(
        made=subject.world.clock.now(),
        by=stackctl.__version__,
        project=subject.target.project if subject.target else "",
        environment=subject.target.env.value if subject.target else "",
        command=subject.failure.command if subject.failure else "bundle",
        failure=_clean(told(subject.failure.error), clean) if subject.failure else None,
        files=tuple(facts),
        missing=tuple(Gap(gap.name, gap.about, _clean(gap.why, clean)) for gap in missing),
        notes=(REVIEW, *(clean.text(note) for note in gathered.notes)),
    )
    head = clean.document(manifest.as_dict()).encode()
    return Made(manifest, packed(manifest.made, {NAME: head, README: _README.format(review=REVIEW).encode(), **files}))


def packed(made: datetime, files: Mapping[str, bytes]) -> bytes:
    """Give files as a .tar.zst, in their order: nothing of this machine's users and times is in it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(data), 0o600, int(made.timestamp())
            archive.addfile(entry, io.BytesIO(data))
    # Off by default: without it a flipped bit of the manifest decodes to another one and nobody notices.
    checked = {zstd().CompressionParameter.checksum_flag: 1}
    packed_bytes: bytes = zstd().compress(stream.getvalue(), options=checked)
    return packed_bytes


def _text(raw: Raw, scrub: Scrubber) -> str:
    return scrub.lines(raw.value) if raw.name.endswith(".jsonl") else scrub.document(raw.value)


def _name(name: str, taken: Container[str]) -> str:
    """Give the name of a file in the archive: one that every system and our own reader takes."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    stem = f"{folder}{slash}{re.sub(r'[^A-Za-z0-9_.-]', '_', stem)[:LONGEST_NAME]}"
    names = (f"{stem}{f'-{number}' if number else ''}{dot}{suffix}" for number in itertools.count())
    return next(item for item in names if item not in taken)


def _clean(words: Told, scrub: Scrubber) -> Told:
    return Told(words.exit_code, words.code, scrub.text(words.message), scrub.text(words.hint))


def _short(error: BaseException) -> str:
    """Give why a scrubber failed; an unknown error's own words might be what was to be hidden."""
    return error.message if isinstance(error, StackctlError) else type(error).__name__
