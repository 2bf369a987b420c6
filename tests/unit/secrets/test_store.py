from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackctl.errors import ConfigError
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.files import DiskFiles


@pytest.fixture
def store(tmp_path: Path) -> FileSecretStore:
    return FileSecretStore(tmp_path / "home" / "projects" / "p" / "secrets", DiskFiles())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_value_is_one_file_without_line_end(store: FileSecretStore) -> None:
    assert (store.names(), store.get("a")) == ([], None)
    store.put("mongo_root", "s3cret")
    store.put("a", "b\nc")
    assert (store.folder / "mongo_root").read_bytes() == b"s3cret"
    assert store.names() == ["a", "mongo_root"]
    assert store.get("a") == "b\nc"
    store.remove("a")
    store.remove("a")
    assert store.names() == ["mongo_root"]


def test_the_folders_are_closed_and_the_files_open(store: FileSecretStore, tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        store.put("a", "b")
    finally:
        os.umask(old)
    assert mode(store.folder / "a") == 0o644
    folders = [store.folder, *store.folder.parents]
    assert [mode(folder) for folder in folders[: folders.index(tmp_path)]] == [0o700] * 4


def test_a_new_value_is_a_new_file(store: FileSecretStore) -> None:
    store.put("a", "old")
    with (store.folder / "a").open() as reader:
        store.put("a", "new")
        assert reader.read() == "old"
    assert store.get("a") == "new"
    assert [path.name for path in store.folder.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["", ".a", "A", "../a", "a/b", "-a", "_a", "a b", "a\n", "é"])
def test_names(store: FileSecretStore, name: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: store.get(name),
        lambda: store.remove(name),
        lambda: store.put(name, "x"),
    ]
    for act in acts:
        with pytest.raises(ConfigError, match="cannot be a secret's name"):
            act()


@pytest.mark.parametrize("value", ["", " CANARY", "CANARY\n", "CANARY\x00a", "CANARY\ud800"])
def test_a_value_that_readers_would_change_is_refused(store: FileSecretStore, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        store.put("a", value)
    assert "CANARY" not in caught.value.message + caught.value.hint
    assert store.names() == []


@given(st.text(min_size=1).filter(lambda text: text == text.strip() and "\x00" not in text))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_other_value_comes_back(store: FileSecretStore, value: str) -> None:
    store.put("a", value)
    assert store.get("a") == value


def test_a_line_end_written_by_hand_is_not_a_part_of_the_value(store: FileSecretStore) -> None:
    store.put("a", "b")
    (store.folder / "a").write_bytes(b"c\r\n")
    assert store.get("a") == "c"


def test_links_are_refused(store: FileSecretStore, tmp_path: Path) -> None:
    store.put("a", "b")
    target = tmp_path / "target"
    target.write_text("theirs")
    (store.folder / "a").unlink()
    (store.folder / "a").symlink_to(target)
    acts: list[Callable[[], object]] = [lambda: store.get("a"), lambda: store.put("a", "c"), lambda: store.remove("a")]
    for act in acts:
        with pytest.raises(ConfigError, match="symbolic link"):
            act()
    assert target.read_text() == "theirs"
    linked = tmp_path / "linked"
    linked.symlink_to(store.folder)
    with pytest.raises(ConfigError, match="symbolic link"):
        FileSecretStore(linked, DiskFiles()).names()


def test_an_open_folder_is_refused(store: FileSecretStore) -> None:
    store.put("a", "b")
    store.folder.chmod(0o755)
    acts: list[Callable[[], object]] = [store.names, lambda: store.get("a"), lambda: store.put("c", "d")]
    for act in acts:
        with pytest.raises(ConfigError, match="other users can read") as caught:
            act()
        assert "chmod 700" in caught.value.hint


def test_a_file_in_place_of_the_folder(store: FileSecretStore) -> None:
    store.folder.parent.mkdir(parents=True)
    store.folder.write_text("")
    with pytest.raises(ConfigError, match="is not a folder"):
        store.names()


def test_bytes_that_are_no_text(store: FileSecretStore) -> None:
    store.put("a", "b")
    (store.folder / "a").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        store.get("a")
