"""The gates in front of a restore: each is shut before anything is stopped or asked of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackctl.backup.restore_plan import RestorePlan, RestoreRequest, plan_restore
from stackctl.engine.door import Compose
from stackctl.engine.values import Mounted
from stackctl.errors import StackctlError
from stackctl.lifecycle.scene import Scene
from stackctl.workspace.target import Setting, Target
from tests.unit.backup import made
from tests.unit.fakes import FakeEngine, container, doors, stack_of

ID = "2026-01-02T03-04-05-abcd"
STORE = {"volume": "old_data", "key": "data", "target": "/srv"}


FITS = {"driver": "prometheus", "kind": "prometheus", "image": "prom/prometheus:v3.0", "store": STORE}


def planned(tmp_path: Path, payload: dict[str, Any], request: RestoreRequest, facts: dict[str, Any]) -> RestorePlan:
    """The plan for one payload that fits but for `payload`, in a set that fits but for `facts`."""
    mounts = [{"type": "volume", "source": "data", "target": "/srv"}]
    stack = stack_of(
        {
            "files": {"image": "prom/prometheus:v3.1", "volumes": mounts, "secrets": [{"source": "key"}]},
            "app": {"image": "acme/app"},
        },
        volumes={"data": {"name": "shop_data"}},
        secrets={"key": {"file": str(tmp_path / "key")}},
    )
    if not facts.get("gone"):
        (tmp_path / "key").write_text("secret")
    plain = bool(facts.get("plain", True))
    target = Target(tmp_path, plain, "shop", Setting("dev", "default"), "", "shop", tmp_path, ())
    there = container("files", image="prom/prometheus:v3.1", mounts=(Mounted("volume", "shop_data", "/srv", True),))
    engine = FakeEngine()
    scene = Scene(target, Compose("shop", (), tmp_path, {}), stack, [there, container("app")])
    said = {name: value for name, value in facts.items() if name not in ("plain", "gone")}
    manifest = made.manifest(ID, made.payload(**{**FITS, **payload}), **said)
    plan = plan_restore(doors(tmp_path, engine).world, scene, manifest, request)
    assert engine.asked == []
    return plan


def test_a_set_that_fits_goes_through(tmp_path: Path) -> None:
    plan = planned(tmp_path, {}, RestoreRequest(), {})
    assert (plan.services, plan.warnings) == (["files"], ())
    assert [item.service for item in plan.offline] == ["files"]


def test_a_set_of_another_project_is_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, {}, RestoreRequest(), {"project": "crm", "stack": "crm"})
    assert plan.warnings == ("the set was saved in crm, this is shop",)


@pytest.mark.parametrize(
    ("payload", "request_", "facts", "code", "says"),
    [
        ({}, RestoreRequest(), {"stack": "core", "plain": False}, "other-stack", "is of core, this is shop"),
        ({"service": "gone"}, RestoreRequest(), {"stack": "crm"}, "other-stack", "is of crm"),
        ({}, RestoreRequest(("fils",)), {}, "unknown-service", "fils"),
        ({}, RestoreRequest(("app",)), {}, "unknown-service", "app"),
        ({"driver": "grafana"}, RestoreRequest(), {}, "other-driver", "was grafana when it was saved"),
        ({"image_kind": "local"}, RestoreRequest(), {}, "other-version", "those of a local image"),
        ({"image": "prom/prometheus:v2.53"}, RestoreRequest(), {}, "other-version", "v2.53"),
        ({}, RestoreRequest(("files",), only=("shop",)), {}, "misuse", "one MongoDB service"),
        ({}, RestoreRequest(), {"gone": True}, "secret-missing", "could not start again: its secret key is gone"),
        ({"store": {"target": "/elsewhere"}}, RestoreRequest(), {}, "backup-failed", "no volume at /elsewhere"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, payload: dict[str, Any], request_: RestoreRequest, facts: dict[str, Any], code: str, says: str
) -> None:
    with pytest.raises(StackctlError, match=says) as raised:
        planned(tmp_path, payload, request_, facts)
    assert raised.value.code == code


def test_only_what_the_set_does_not_hold_is_no_restore_that_is_done(tmp_path: Path) -> None:
    with pytest.raises(StackctlError, match=r"no database and no collection “shop\.itmes”") as raised:
        named = {"driver": "mongodb", "kind": "mongodb", "counts": {"shop.items": 3, "crm.people": 1}}
        planned(tmp_path, named, RestoreRequest(("files",), only=("crm", "shop.itmes")), {})
    assert raised.value.code == "unknown-collection"
    assert raised.value.hint.startswith("did you mean “shop.items”?")


def test_a_service_that_is_named_twice_is_restored_once(tmp_path: Path) -> None:
    assert len(planned(tmp_path, {}, RestoreRequest(("files", "files")), {}).parts) == 1


def test_another_major_version_with_force_is_a_warning(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"image_kind": "local"}, RestoreRequest(force=True), {})
    assert "--force-version was given" in plan.warnings[0]
