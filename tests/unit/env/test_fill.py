from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import FillPlan, Surroundings
from stackctl.env.grammar import EnvFile, parse
from stackctl.env.item import Template
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.errors import ConfigError
from stackctl.services.derivation import plain
from stackctl.workspace.files import DiskFiles

CORE = Path(__file__).parents[3] / "env" / "core"
TEMPLATE = """\
# Where the app is.
# @type=port
PORT=8080

# Folder.
# stackctl: secrets-dir
# @required
SECRETS=

# stackctl: generate=hex(32) file=redis_password
PASSWORD=

# stackctl: derive=redis-acl(redis_password) file=redis_acl
ACL=

TITLE='two words'
EMPTY=
BARE
# @deprecated
OLD=1
"""


class MemoryStore:
    def __init__(self, **values: str) -> None:
        self.values = values

    def names(self) -> list[str]:
        return sorted(self.values)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, name: str, value: str) -> None:
        self.values[name] = value

    def leave_empty(self, name: str) -> None:
        self.values.setdefault(name, "")


def acl(values: Sequence[str]) -> str:
    return f"acl of {values[0]}"


def template(text: str = TEMPLATE) -> Template:
    return merge([load(text.encode(), "base.env.template", "base")])


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    made = {"redis-acl": plain(acl), "redis-exporter-file": plain(acl)}
    return Surroundings(tmp_path / "dev.env", "/home/me/secrets", MemoryStore(), made)


def existing(around: Surroundings) -> EnvFile | None:
    data = DiskFiles().read(around.path)
    return None if data is None else parse(data, str(around.path))


def planned(around: Surroundings, text: str = TEMPLATE) -> FillPlan:
    return plan_fill(template(text), existing(around), around)


def apply(plan: FillPlan, around: Surroundings) -> None:
    numbers = count(1)
    apply_fill(plan, around, DiskFiles(), lambda spec: f"{spec} {next(numbers)}")


def test_a_first_fill_makes_the_file_and_the_secrets(around: Surroundings) -> None:
    plan = planned(around)
    assert plan.file.added == ("PORT", "SECRETS", "TITLE", "EMPTY")
    assert [(secret.name, str(secret.recipe)) for secret in plan.secrets.generate] == [("redis_password", "hex(32)")]
    assert [secret.name for secret in plan.secrets.derive] == ["redis_acl"]
    assert around.store.names() == []
    assert not around.path.exists()
    apply(plan, around)
    assert around.path.read_text() == (
        "# Made by stackctl from base.env.template. What stands here is kept: change it freely.\n"
        "\n# Where the app is.\nPORT=8080\n"
        "\n# Folder.\nSECRETS=/home/me/secrets\n"
        "TITLE='two words'\nEMPTY=\n"
    )
    assert around.path.stat().st_mode & 0o777 == 0o600
    assert around.store.get("redis_password") == "hex(32) 1"
    assert around.store.get("redis_acl") == "acl of hex(32) 1"


def test_a_second_fill_does_nothing(around: Surroundings) -> None:
    apply(planned(around), around)
    plan = planned(around)
    assert plan.empty
    assert plan.file.kept == ("PORT", "SECRETS", "TITLE", "EMPTY")


def test_what_stands_in_the_file_wins_and_keeps_its_comments(around: Surroundings) -> None:
    mine = "# my own\nPORT = 9 # mine\nOTHER=x\nTITLE\nOLD=kept"
    around.path.write_text(mine)
    plan = planned(around)
    assert plan.file.kept == ("PORT", "TITLE", "OLD")
    apply(plan, around)
    added = "# my own\nPORT = 9 # mine\n\n# Folder.\nSECRETS=/home/me/secrets\nOTHER=x\nTITLE\nEMPTY=\nOLD=kept"
    assert around.path.read_text() == added
    assert planned(around).empty


def test_the_folder_of_the_secrets_follows_the_project(around: Surroundings) -> None:
    apply(planned(around), around)
    moved = replace(around, secrets_dir="/elsewhere/x y")
    plan = planned(moved)
    assert (plan.file.updated, plan.file.added) == (("SECRETS",), ())
    apply(plan, moved)
    assert parse(around.path.read_bytes(), "x").resolve({})["SECRETS"] == "/elsewhere/x y"
    assert planned(moved).empty


def test_a_stored_secret_is_never_made_again(around: Surroundings) -> None:
    around.store.put("redis_password", "mine")
    plan = planned(around)
    assert plan.secrets.generate == ()
    apply(plan, around)
    assert around.store.get("redis_password") == "mine"
    assert around.store.get("redis_acl") == "acl of mine"


def test_a_derived_secret_follows_its_source(around: Surroundings) -> None:
    apply(planned(around), around)
    around.store.put("redis_password", "new")
    plan = planned(around)
    assert [secret.name for secret in plan.secrets.derive] == ["redis_acl"]
    assert plan.file.data is None
    apply(plan, around)
    assert around.store.get("redis_acl") == "acl of new"
    assert planned(around).empty


def test_everything_that_is_missing_is_said_at_once_and_nothing_is_changed(around: Surroundings) -> None:
    text = "# @required @example=me@x.org\nMAIL=\n# @required\nNAME\n# @required\n# stackctl: file=key\nKEY=\nA=1\n"
    plan = planned(around, text)
    assert [finding.subject for finding in plan.missing] == ["MAIL", "NAME", "KEY"]
    assert "base.env.template:2:1: MAIL" in plan.missing[0].message
    assert "me@x.org" in plan.missing[0].hint
    with pytest.raises(ConfigError, match="MAIL, NAME, KEY") as caught:
        apply(plan, around)
    assert caught.value.findings == plan.missing
    assert not around.path.exists()
    assert around.store.names() == []


def test_given_values_fill_what_is_missing_and_nothing_else(around: Surroundings) -> None:
    text = "# @required\nMAIL=\n# @required\n# stackctl: file=key\nKEY=\nA=1\nB=1\n"
    around.path.write_text("MAIL= \nA=2\n")
    given = replace(around, values={"MAIL": "a b", "KEY": "k", "A": "3", "B": "3"})
    plan = planned(given, text)
    assert (plan.missing, plan.file.updated, plan.file.added) == ((), ("MAIL",), ("B",))
    apply(plan, given)
    assert around.path.read_text() == "MAIL= 'a b'\nA=2\nB=3\n"
    assert around.store.get("key") == "k"
    assert planned(given, text).empty


def test_a_default_that_was_emptied_stays_empty(around: Surroundings) -> None:
    around.path.write_text("PORT=\n")
    plan = planned(around)
    assert plan.missing == ()
    assert "PORT" in plan.file.kept


def test_a_secret_in_the_env_file_is_said(around: Surroundings) -> None:
    around.path.write_text("PASSWORD=hunter2\n")
    (finding,) = planned(around).findings
    assert (finding.code, finding.subject) == ("secret-in-env-file", "PASSWORD")
    assert "hunter2" not in finding.message + finding.hint


def test_a_derivation_that_nobody_knows(around: Surroundings) -> None:
    text = TEMPLATE.replace("redis-acl(", "redis-alc(")
    with pytest.raises(ConfigError, match=r"base\.env\.template:14:1") as caught:
        planned(around, text)
    assert "did you mean “redis-acl”?" in caught.value.hint


def test_a_plan_shows_no_value(around: Surroundings) -> None:
    plan = planned(replace(around, values={"TITLE": "CANARY", "PASSWORD": "CANARY"}))
    assert plan.secrets.given == {"redis_password": "CANARY"}
    assert "CANARY" not in repr(plan)
    assert "CANARY" not in repr(replace(around, values={"K": "CANARY"}))


def test_a_run_that_was_cut_short_is_finished_by_the_next(around: Surroundings) -> None:
    class Full(DiskFiles):
        def write(self, path: Path, data: bytes, mode: int = 0o600) -> None:
            raise ConfigError("no space")

    with pytest.raises(ConfigError, match="no space"):
        apply_fill(planned(around), around, Full(), lambda spec: spec)
    plan = planned(around)
    assert plan.secrets.generate == ()
    apply(plan, around)
    assert around.store.get("redis_password") == "hex(32)"
    assert planned(around).empty


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_core_stack_is_filled(around: Surroundings, name: str) -> None:
    layers = [load((CORE / f"{n}.env.template").read_bytes(), f"{n}.env.template", n) for n in ("base", name)]
    core = merge(layers)
    plan = plan_fill(core, None, around)
    assert plan.missing == ()
    apply(plan, around)
    values = parse(around.path.read_bytes(), "x").resolve({})
    assert values["STACKCTL_SECRETS_DIR"] == around.secrets_dir
    assert not set(values) & {item.key for item in core.items if item.secret}
    assert around.store.names() == sorted(core.secrets)
    assert plan_fill(core, existing(around), around).empty
