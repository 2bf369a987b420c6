"""A fork: what is copied, what stands still for it, and that nothing half done can be started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackctl.engine.door import Launch
from stackctl.engine.run import Outcome
from stackctl.engine.values import Mounted, Volume
from stackctl.errors import BackupFailed, EngineError, Misuse, Refused
from stackctl.images.fills import read_fills
from stackctl.instances.fork import ForkPlan, ForkRequest, apply_fork, plan_fork
from stackctl.instances.half import Half
from stackctl.instances.snapshot import put_back, take_snapshot
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.seat import take_seat
from stackctl.workspace.home import FORKING, home, project_home, secrets_dir
from stackctl.workspace.register import read_register
from stackctl.workspace.target import Target, Wish
from tests.unit.fakes import FakePipe, container, image
from tests.unit.lifecycle.made import Shop, ShopEngine, make_shop

TOOLS = "stackctl/tools:local"
HALF = Half("shop-core-dev", "dev")
PLAIN = ForkRequest()


class Copying(ShopEngine):
    """Makes volumes; notes what else it is asked to do; `broken` is the source whose copy fails."""

    broken = ""

    def run(self, argv: Sequence[str], **more: Any) -> Outcome:
        words = tuple(argv)
        if words[:2] == ("volume", "create"):
            self.volume_list.append(Volume(words[-1], "", "local", {}))
            return Outcome(0, "", "", 0.0)
        if words[0] in ("run", "pause", "unpause", "stop", "kill", "start", "rm"):
            self.asked.append(words if words[0] != "run" else ("copy", *(word for word in words if ":/" in word)))
            if self.broken and f"{self.broken}:/from:ro" in words:
                return Outcome(1, "", "cp: No space left on device", 0.0)
            return Outcome(0, "", "", 0.0)
        return super().run(argv, **more)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A workspace whose dev is up, with two volumes."""
    made = make_shop(tmp_path)
    engine = Copying(made.engine.model, made.home)
    engine.local = {**made.engine.local, TOOLS: image(TOOLS)}
    made.engine = engine
    made.doors.world = replace(made.doors.world, engine=engine)
    made.up()
    engine.volume_list = [
        Volume("shop-core-dev_db-data", "db-data", "local", {}),
        Volume("shop-core-dev_extra", "extra", "local", {}),
        Volume("written-name", "own", "local", {}),
    ]
    engine.volumes = lambda project: [  # type: ignore[method-assign]
        item
        for item in engine.volume_list
        if item.name.startswith(f"{project}_") or (project == "shop-core-dev" and item.name == "written-name")
    ]
    engine.there = [
        container("db", project="shop-core-dev", mounts=(Mounted("volume", "shop-core-dev_db-data", "/data", True),)),
        container("web", project="shop-core-dev", mounts=(Mounted("volume", "shop-core-dev_extra", "/in", False),)),
        container("extra", project="shop-core-dev", state="exited"),
    ]
    made.forget_talk()
    return made


def targets(shop: Shop) -> tuple[Target, Target]:
    source = shop.target
    shop.wish = Wish(instance="review")
    return source, shop.target


def planned(shop: Shop) -> ForkPlan:
    return plan_fork(shop.doors.world, *targets(shop), PLAIN)


def test_what_writes_stands_still_and_goes_on(shop: Shop) -> None:
    plan = planned(shop)
    assert [item.service for item in plan.paused] == ["db"], "what only reads, or does not run, is left alone"
    assert plan.shared == ("the volume written-name",)
    apply_fork(shop.doors.world, plan, HALF)
    verbs = [(words[0], words[-1]) for words in shop.engine.asked if words[0] in ("pause", "copy", "unpause", "stop")]
    assert verbs == [
        ("pause", "db-id"),
        ("copy", "shop-core-dev-review_db-data:/to"),
        ("copy", "shop-core-dev-review_extra:/to"),
        ("unpause", "db-id"),
    ]


def test_the_copy_opens_with_the_secrets_of_the_source(shop: Shop) -> None:
    source, target = targets(shop)
    fills_path(shop.doors.world, source.project).write_text(
        '{"schema": 1, "volumes": {"shop-core-dev_db-data": '
        '{"kind": "local", "major": "8", "image": "acme/db:1", "service": "db"}}}'
    )
    apply_fork(shop.doors.world, plan_fork(shop.doors.world, source, target, PLAIN), HALF)
    folders = [secrets_dir(shop.doors.shell, item.project) for item in (source, target)]
    ours, copied = ((folder / "db_password").read_bytes() for folder in folders)
    assert ours == copied
    assert (folders[1] / "db_password").stat().st_mode & 0o777 == 0o644
    assert folders[1].stat().st_mode & 0o777 == 0o700
    after = read_fills(shop.doors.world.files, fills_path(shop.doors.world, target.project))
    assert set(after) == {"shop-core-dev-review_db-data"}
    assert shop.plan().env.generated == frozenset()
    assert read_register(home(shop.doors.shell), shop.doors.world.files).seat(target.project)


def test_a_copy_that_fails_leaves_nothing_and_the_source_runs(shop: Shop) -> None:
    assert isinstance(shop.engine, Copying)
    shop.engine.broken = "shop-core-dev_extra"
    plan = planned(shop)
    with pytest.raises(EngineError) as caught:
        apply_fork(shop.doors.world, plan, HALF)
    assert "No space left" in caught.value.message
    assert ("unpause", "db-id") in shop.engine.asked
    assert [item.name for item in shop.engine.volume_list if "review" in item.name] == []
    assert not project_home(shop.doors.shell, plan.target.project).exists()
    assert read_register(home(shop.doors.shell), shop.doors.world.files).seats == ()


def test_half_a_copy_is_not_started_and_can_be_made_again(shop: Shop) -> None:
    source, target = targets(shop)
    folder = project_home(shop.doors.shell, target.project)
    folder.mkdir(parents=True)
    (folder / FORKING).write_text("{}")
    shop.engine.volume_list.append(Volume(f"{target.project}_db-data", "db-data", "local", {}))
    with pytest.raises(Refused) as caught:
        take_seat(shop.doors.world, target)
    assert caught.value.code == "fork-unfinished"
    apply_fork(shop.doors.world, plan_fork(shop.doors.world, source, target, PLAIN), HALF)
    take_seat(shop.doors.world, target)


def test_data_that_is_there_is_not_replaced(shop: Shop) -> None:
    source, target = targets(shop)
    shop.engine.volume_list.append(Volume(f"{target.project}_db-data", "db-data", "local", {}))
    with pytest.raises(Refused) as caught:
        plan_fork(shop.doors.world, source, target, PLAIN)
    assert caught.value.code == "exists"


def test_what_cannot_be_forked_is_said(shop: Shop) -> None:
    source, target = targets(shop)
    with pytest.raises(Misuse):
        plan_fork(shop.doors.world, target, source, PLAIN)
    with pytest.raises(Misuse):
        plan_fork(shop.doors.world, target, target, PLAIN)
    shop.engine.volume_list = []
    with pytest.raises(Refused) as caught:
        plan_fork(shop.doors.world, source, target, PLAIN)
    assert caught.value.code == "nothing-to-fork"


def test_a_snapshot_is_of_every_volume_and_goes_back(shop: Shop) -> None:
    take_snapshot(shop.doors.world, "shop-core-dev")
    copies = [words for words in shop.engine.asked if words[0] == "copy"]
    assert shop.engine.asked[0] == ("stop", "db-id", "web-id")
    assert ("copy", "shop-core-dev_extra:/from:ro", "shop-core-dev_extra--snapshot:/to") in copies
    shop.engine.asked.clear()
    put_back(shop.doors.world, "shop-core-dev")
    assert shop.engine.asked[0] == ("kill", "db-id", "web-id")
    assert ("copy", "shop-core-dev_extra--snapshot:/from:ro", "shop-core-dev_extra:/to") in shop.engine.asked


def test_a_login_of_its_own_is_set_in_the_copy_by_the_image_that_filled_it(shop: Shop) -> None:
    """PostgreSQL: where its cluster lies is for its container to say, and the password is in no argument."""
    world, engine = shop.doors.world, shop.engine
    service = shop.service("db")
    service["image"], service["environment"] = "postgres:17", {"POSTGRES_PASSWORD_FILE": "/run/secrets/db_password"}
    service["secrets"] = [{"source": "db_password", "target": "/run/secrets/db_password"}]
    service["volumes"] = [{"type": "volume", "source": "db-data", "target": "/var/lib/postgresql/data"}]
    engine.there[0] = replace(engine.there[0], image="postgres:17", image_id="sha256:filled")
    engine.launched["db-id"] = Launch({"PGDATA": "/var/lib/postgresql/data/pg"}, ())
    engine.pipes = [FakePipe()]
    source, target = targets(shop)
    plan = plan_fork(world, source, target, ForkRequest(new_secrets=True))
    assert plan.renewal
    assert plan.renewal.logins == ("db",)
    assert "make new: db_password" in plan.steps()
    apply_fork(world, plan, HALF)
    old, new = ((secrets_dir(shop.doors.shell, item.project) / "db_password").read_text() for item in (source, target))
    assert old != new
    (words,) = [words for words in engine.asked if words[0] == "pipe"]
    assert f"{target.project}_db-data:/store:rw" in words
    assert {"SAVE_USER=postgres", "SAVE_SUB=pg", "sha256:filled"} <= set(words)
    assert not any(old in word or new in word for word in words)
    assert "db has a login of its own in the copy" in shop.doors.heard.notes()


def test_a_login_that_cannot_be_set_leaves_nothing(shop: Shop) -> None:
    service = shop.service("db")
    service["image"], service["environment"] = "postgres:17", {"POSTGRES_PASSWORD_FILE": "/run/secrets/db_password"}
    service["secrets"] = [{"source": "db_password", "target": "/run/secrets/db_password"}]
    service["volumes"] = [{"type": "volume", "source": "db-data", "target": "/var/lib/postgresql/data"}]
    shop.engine.pipes = [FakePipe(err="FATAL: its files are damaged", code=1)]
    plan = plan_fork(shop.doors.world, *targets(shop), ForkRequest(new_secrets=True))
    with pytest.raises(BackupFailed) as caught:
        apply_fork(shop.doors.world, plan, HALF)
    assert "its files are damaged" in caught.value.message
    assert [item.name for item in shop.engine.volume_list if "review" in item.name] == []
    assert not (project_home(shop.doors.shell, plan.target.project) / FORKING).exists()
