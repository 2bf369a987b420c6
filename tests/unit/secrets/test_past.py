from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.secrets.past import MOST
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.files import DiskFiles


@pytest.fixture
def store(tmp_path: Path) -> FileSecretStore:
    return FileSecretStore(tmp_path / "p" / "secrets", DiskFiles())


def test_a_replaced_value_is_kept_privately_and_a_first_one_has_no_past(store: FileSecretStore) -> None:
    store.put("a", "one")
    assert store.past.names() == []
    store.put("a", "two")
    store.put("a", "two")
    store.put("a", "three\nlines")
    store.put("a", "four")
    assert store.past.of("a") == ["three\nlines", "two", "one"]
    path = store.past.folder / "a"
    assert (path.stat().st_mode & 0o777, store.past.folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_value_that_comes_back_is_in_the_past_once(store: FileSecretStore) -> None:
    for value in ("one", "two", "one", "two", "three"):
        store.put("a", value)
    assert store.past.of("a") == ["two", "one"]


def test_a_removed_value_stays_unless_it_is_to_be_forgotten(store: FileSecretStore) -> None:
    store.put("a", "one")
    store.remove("a")
    assert (store.names(), store.past.of("a")) == ([], ["one"])
    store.remove("a", forget=True)
    assert store.past.names() == []


def test_the_oldest_goes(store: FileSecretStore) -> None:
    for number in range(MOST + 5):
        store.put("a", str(number))
    assert len(store.past.of("a")) == MOST
    assert store.past.of("a")[0] == str(MOST + 3)


def test_damage_is_said_and_nothing_is_overwritten(store: FileSecretStore) -> None:
    store.put("a", "one")
    store.put("a", "two")
    (store.past.folder / "a").write_text("{")
    with pytest.raises(ConfigError, match="is damaged"):
        store.put("a", "three")
    assert store.get("a") == "two"


def test_a_secret_that_is_no_text_can_be_set_again(store: FileSecretStore) -> None:
    store.put("a", "one")
    (store.folder / "a").write_bytes(b"\xff\xfe")
    store.put("a", "two")
    assert (store.get("a"), store.past.names()) == ("two", [])
