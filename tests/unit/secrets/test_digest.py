from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.secrets.digest import Digest, load_digest
from stackctl.secrets.entropy import SystemEntropy
from stackctl.workspace.files import DiskFiles


def loaded(path: Path) -> Digest:
    return load_digest(path, DiskFiles(), SystemEntropy())


def test_it_is_hmac_sha256_of_name_and_value() -> None:
    wanted = hmac.new(b"k" * 32, b"name\x00value", hashlib.sha256).hexdigest()
    assert Digest(b"k" * 32).of("name", "value") == wanted


def test_name_value_and_key_all_count() -> None:
    digest = Digest(b"k" * 32)
    texts = {digest.of("a", "b"), digest.of("a", "c"), digest.of("b", "b"), Digest(b"x" * 32).of("a", "b")}
    assert len(texts) == 4


def test_bytes_that_are_no_text_have_a_digest_too() -> None:
    assert Digest(b"k").of("a", "\udce9") != Digest(b"k").of("a", "é")


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "home" / "digest.key"
    first = loaded(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    assert loaded(path).of("a", "b") == first.of("a", "b")
    assert [file.name for file in path.parent.iterdir()] == ["digest.key"]
    assert loaded(tmp_path / "other.key").of("a", "b") != first.of("a", "b")


def test_of_two_that_make_the_key_the_first_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "digest.key"

    class Late(DiskFiles):
        """Another process makes the key between our look and our write."""

        def create(self, target: Path, data: bytes, mode: int = 0o600) -> bool:
            path.write_bytes(b"t" * 32)
            return super().create(target, data, mode)

    assert load_digest(path, Late(), SystemEntropy()).of("a", "b") == Digest(b"t" * 32).of("a", "b")


def test_a_damaged_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(ConfigError, match="5 bytes instead of 32"):
        loaded(tmp_path / "key")
