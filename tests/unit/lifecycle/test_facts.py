from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.lifecycle.facts import ServiceFacts, changes, model_digest, service_facts
from stackctl.lifecycle.state import Applied, forget, load_applied, save_applied
from stackctl.secrets.digest import Digest
from tests.unit.fakes import FakeEngine, doors, stack_of

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.stack.model import Stack

KEYED = Digest(b"k" * 32)


def stack(folder: Path, **service: Any) -> Stack:
    sources = {"pw": {"file": str(folder / "pw")}, "env": {"environment": "X"}}
    configs = {"conf": {"file": str(folder / "conf")}, "inline": {"content": "x"}}
    return stack_of({"web": {"image": "x", **service}}, secrets=sources, configs=configs)


def facts(made: Stack) -> ServiceFacts:
    return service_facts(made, made.services["web"], ["two", "one"], KEYED)


def test_mounted_files_configs_and_secrets_are_digested(tmp_path: Path) -> None:
    for name in ("pw", "conf", "file"):
        (tmp_path / name).write_text(name)
    mount = {"type": "bind", "source": str(tmp_path / "file"), "target": "/x"}
    made = stack(tmp_path, secrets=[{"source": "pw"}], configs=[{"source": "conf"}], volumes=[mount])
    found = facts(made)
    assert set(found.files) == {str(tmp_path / "file"), str(tmp_path / "conf")}
    assert set(found.secrets) == {"pw"}
    assert found.containers == ("one", "two")
    assert changes(found, facts(made)) == []


def test_a_secret_is_digested_with_the_key(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("swordfish1")
    made = stack(tmp_path, secrets=[{"source": "pw"}])
    other = service_facts(made, made.services["web"], [], Digest(b"z" * 32))
    assert facts(made).secrets["pw"] != other.secrets["pw"]
    assert "swordfish1" not in repr(facts(made))


@pytest.mark.parametrize(
    "service",
    [
        {"secrets": [{"source": "pw"}]},
        {"secrets": [{"source": "env"}]},
        {"secrets": [{"source": "nobody"}]},
        {"configs": [{"source": "conf"}, {"source": "inline"}]},
        {"volumes": [{"type": "bind", "source": "/nowhere/at/all", "target": "/x"}]},
        {"volumes": [{"type": "volume", "source": "data", "target": "/etc/data", "read_only": True}]},
    ],
)
def test_what_is_not_a_file_here_has_no_digest(tmp_path: Path, service: dict[str, Any]) -> None:
    found = facts(stack(tmp_path, **service))
    assert (dict(found.files), dict(found.secrets)) == ({}, {})


def test_changes_are_named_by_file_and_secret(tmp_path: Path) -> None:
    before = ServiceFacts(files={"/a/x.conf": "1", "/a/y.conf": "1"}, secrets={"pw": "1"})
    now = ServiceFacts(files={"/a/x.conf": "2", "/a/y.conf": "1"}, secrets={"pw": "2"})
    assert changes(before, now) == ["x.conf changed", "secret pw changed"]


def test_a_new_mount_is_the_models_matter() -> None:
    assert changes(ServiceFacts(), ServiceFacts(files={"/a/x.conf": "2"}, secrets={"pw": "2"})) == []


def test_the_models_digest_covers_model_and_overlay() -> None:
    one, two = stack_of({"a": {"image": "x"}}), stack_of({"a": {"image": "y"}})
    assert model_digest(one, "", KEYED) == model_digest(stack_of({"a": {"image": "x"}}), "", KEYED)
    assert len({model_digest(one, "", KEYED), model_digest(two, "", KEYED), model_digest(one, "o", KEYED)}) == 3


def test_what_was_applied_is_kept_and_forgotten(tmp_path: Path) -> None:
    world = doors(tmp_path, FakeEngine()).world
    applied = Applied("digest", {"web": ServiceFacts(("id",), {"/f": "1"}, {"pw": "2"}, {"files": {}})})
    assert load_applied(world, "shop") == Applied()
    save_applied(world, "shop", applied)
    assert load_applied(world, "shop") == applied
    assert load_applied(world, "other") == Applied()
    forget(world, "shop")
    forget(world, "shop")
    assert load_applied(world, "shop") == Applied()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"schema": 99}', '{"schema": 1}', '{"schema": 1, "model": "", "services": {"a": {}}}'],
)
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    world = doors(tmp_path, FakeEngine()).world
    path = tmp_path / "projects" / "shop" / "applied.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert load_applied(world, "shop") == Applied()


def test_the_record_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    world = doors(tmp_path, FakeEngine()).world
    save_applied(world, "shop", Applied("d", {"web": ServiceFacts(("id",))}))
    record = json.loads((tmp_path / "projects" / "shop" / "applied.json").read_text())
    assert (record["schema"], record["model"], record["services"]["web"]["containers"]) == (1, "d", ["id"])
