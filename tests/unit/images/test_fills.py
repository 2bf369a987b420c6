from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.images.fills import Fill, complaint, data_volumes, living, read_fills, record_fill
from stackctl.stack.model import stack_from
from stackctl.workspace.files import DiskFiles
from tests.unit.images.made import MONGO, REDIS, stack

OFFICIAL = Fill("official", "8", "mongo:8.0.26", "mongodb")
LOCAL = Fill("local", "7", "stackctl/mongodb:local", "mongodb")


def test_a_driver_knows_which_volumes_hold_data() -> None:
    config = {"type": "volume", "source": "redis-data", "target": "/data/configdb"}
    bind = {"type": "bind", "source": "/srv", "target": "/data/db"}
    unnamed = {"type": "volume", "source": "", "target": "/data/db"}
    model = stack(mongodb={**MONGO, "volumes": [*MONGO["volumes"], config, bind, unnamed]}, web={"image": "nginx"})
    assert data_volumes(model, model.services["mongodb"]) == ("p_mongo-data",)
    assert data_volumes(model, model.services["web"]) == ()


def test_records_are_kept_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "projects" / "p" / "volumes.json"
    assert read_fills(DiskFiles(), path) == {}
    record_fill(DiskFiles(), path, {}, {"p_mongo-data": OFFICIAL})
    assert read_fills(DiskFiles(), path) == {"p_mongo-data": OFFICIAL}


def test_the_first_fill_stays_and_a_removed_volume_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "volumes.json"
    record_fill(DiskFiles(), path, {}, {"a": OFFICIAL, "gone": OFFICIAL})
    alive = living(read_fills(DiskFiles(), path), stack(), {"a"})
    record_fill(DiskFiles(), path, alive, {"a": LOCAL, "b": LOCAL})
    assert read_fills(DiskFiles(), path) == {"a": OFFICIAL, "b": LOCAL}


def test_nothing_is_written_where_nothing_is_new(tmp_path: Path) -> None:
    path = tmp_path / "volumes.json"
    record_fill(DiskFiles(), path, {}, {"a": OFFICIAL})
    before = path.stat().st_ino
    record_fill(DiskFiles(), path, {"a": OFFICIAL}, {"a": LOCAL})
    assert path.stat().st_ino == before


def test_an_external_volume_counts_though_the_project_does_not_own_it() -> None:
    model = stack_from({"services": {}, "volumes": {"d": {"name": "shared", "external": True}}})
    assert living({"shared": OFFICIAL, "gone": OFFICIAL}, model, set()) == {"shared": OFFICIAL}


@pytest.mark.parametrize("text", ["{", "[]", '{"volumes": {"a": {"kind": "official"}}}', '{"volumes": []}', "3"])
def test_a_damaged_file_is_no_open_gate(tmp_path: Path, text: str) -> None:
    path = tmp_path / "volumes.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="damaged") as caught:
        read_fills(DiskFiles(), path)
    assert f"rm {path}" in caught.value.hint


def test_another_kind_and_another_major_version_are_complained_about() -> None:
    kind = complaint("mongodb", "v", OFFICIAL, LOCAL)
    assert kind is not None
    assert kind.code == "image-kind-changed"
    assert "mongo:8.0.26" in kind.message
    assert "--images registry" in kind.hint
    assert "restore" in kind.hint
    back = complaint("mongodb", "v", LOCAL, OFFICIAL)
    assert back is not None
    assert "--images local" in back.hint
    version = complaint("mongodb", "v", OFFICIAL, Fill("official", "7", "mongo:7", "mongodb"))
    assert version is not None
    assert version.code == "data-version-mismatch"
    assert "version 8" in version.message


def test_the_same_and_the_unknown_pass() -> None:
    assert complaint("mongodb", "v", OFFICIAL, Fill("official", "8", "mongo:8.2", "mongodb")) is None
    assert complaint("mongodb", "v", OFFICIAL, Fill("official", "", "mongo", "mongodb")) is None
    assert complaint("redis", "v", Fill("official", "", "redis", "redis"), Fill("official", "8", "redis:8", "")) is None


def test_redis_data_is_found_too() -> None:
    model = stack(cache=REDIS)
    assert data_volumes(model, model.services["cache"]) == ("p_redis-data",)
