from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import ConfigError, Refused
from stackctl.logs.export import Export
from stackctl.logs.files import file_batches
from stackctl.logs.json_lines import json_lines
from stackctl.logs.previous import keep, kept
from stackctl.logs.record import Record, read_all
from stackctl.logs.stats import MOST_MESSAGES, Stats, chart, folded
from tests.unit.fakes import FakeEngine, container, doors
from tests.unit.logs.made import raw, record, stamp

RECORDS = [
    record('{"level":"error","msg":"no","n":1,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}'),
    record("ERROR: x\n  File y", millis=5, service="b", stream=2),
]


def read(*paths: Path, since: bytes = b"") -> list[Record]:
    return [item for batch in file_batches(paths, since) for item in read_all(batch)]


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"])
def test_what_was_exported_is_read_back_as_it_was(tmp_path: Path, name: str) -> None:
    export = Export(tmp_path / name, replace=False)
    export(RECORDS)
    assert not (tmp_path / name).exists(), "only when it is whole"
    export.finish()
    assert json_lines(read(tmp_path / name)) == json_lines(RECORDS)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused):
        Export(tmp_path / name, replace=False)


def test_an_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    export = Export(tmp_path / "x.jsonl.zst", replace=False)
    export(RECORDS)
    export.drop()
    assert list(tmp_path.iterdir()) == []


def test_any_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.log"
    path.write_text(
        "2026-08-22T10:00:00.5Z INFO: stamped\n"
        "core-2  | 2026-08-22T10:00:01.123456789Z 1:M 22 Aug 2026 10:00:01.123 * Ready\n"
        "2026-08-22 10:00:02,000 ERROR boom\n"
        "  indented\n"
        "no time at all\n"
    )
    found = read(path)
    assert [(item.origin.name, item.parsed.message) for item in found] == [
        ("mixed", "stamped"),
        ("core-2", "Ready"),
        ("mixed", "boom\n  indented"),
        ("mixed", "no time at all"),
    ]
    assert [item.stamp[17:23] for item in found] == [b"00.500", b"01.123", b"02.000", b"02.000"]
    assert len(read(path, since=b"2026-08-22T10:00:01.000000000Z")) == 3


def test_several_files_come_by_time(tmp_path: Path) -> None:
    for name, seconds in (("a", (0, 2)), ("b", (1, 3))):
        (tmp_path / f"{name}.log").write_text("".join(f"2026-08-22T10:00:0{n}Z {n}\n" for n in seconds))
    assert [item.parsed.message for item in read(tmp_path / "a.log", tmp_path / "b.log")] == ["0", "1", "2", "3"]


def test_a_cut_file_gives_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"".join(b"%d\n" % number for number in range(50_000)))[:-100])
    seen = 0
    with pytest.raises(ConfigError) as caught:
        for batch in file_batches([path]):
            seen += len(batch)
    assert seen > 1000
    assert caught.value.code == "log-damaged"


def test_what_is_no_log_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigError) as caught:
            list(file_batches([path]))
        assert caught.value.code == "no-log"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_log(data: bytes) -> None:
    import tempfile

    if data[:2] == b"\x1f\x8b" or data[:4] == b"\x28\xb5\x2f\xfd":
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        json_lines(read(Path(file.name)))


@pytest.mark.parametrize(
    ("message", "same"),
    [
        ("took 12ms for 10.0.0.1:8080", "took # for #"),
        ("id 4bf92f3577b34da6a3ce929d0e0e4736 gone", "id # gone"),
        ("id 0b5e6c0a-5a5f-4a3c-9d2e-0123456789ab gone", "id # gone"),
        ("facade decades added", "facade decades added"),
    ],
)
def test_numbers_and_ids_fold(message: str, same: str) -> None:
    assert folded(message) == same


def test_counts() -> None:
    stats = Stats()
    stats([record(f"ERROR: failed {number}", millis=number * 30_000) for number in range(4)] + [record("INFO: fine")])
    one = stats.services["a"].as_dict()
    assert (one["lines"], one["levels"]) == (5, {"info": 1, "error": 4})
    minutes = [{"minute": f"2026-08-22T10:0{n}", "errors": 2, "warnings": 0} for n in (0, 1)]
    assert one["minutes"] == minutes
    assert stats.messages(1) == [{"count": 4, "service": "a", "level": "error", "message": "failed #"}]
    assert chart([0, 1, 8]) == " ▁█"


def test_ever_new_messages_take_no_more_memory() -> None:
    stats = Stats()
    words = [
        "".join(chr(97 + (number // 26**place) % 26) for place in range(5)) for number in range(MOST_MESSAGES + 10)
    ]
    stats([record("the same")] * 50 + [record(word) for word in words])
    assert len(stats.messages(10**6)) <= MOST_MESSAGES
    assert stats.messages(1)[0]["message"] == "the same"


def test_the_last_words_are_kept_masked_and_private(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.log_lines["core-id"] = [raw(1, "INFO: the word is s3cretSw0rdfish"), raw(2, "bye")]
    world = doors(tmp_path / "home", engine).world
    world.mask.add("s3cretSw0rdfish")
    keep(world, tmp_path, "shop", [container("core"), container("silent")])
    (path,) = kept(world, tmp_path, "shop")
    assert [item.parsed.message for item in read(path)] == ["the word is ***", "bye"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_bytes().splitlines()[0])["time"] == stamp(1).decode()
