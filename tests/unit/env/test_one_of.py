from __future__ import annotations

from pathlib import Path

from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import Surroundings
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.workspace.files import DiskFiles
from tests.unit.env.test_fill import MemoryStore

TEXT = b"""# @defaultSensitive=false @defaultRequired=infer
# ---

# One.
# stackctl: file=one_key one-of=keys
# @optional @sensitive
ONE_KEY=

# Other.
# stackctl: file=other_key one-of=keys
# @optional @sensitive
OTHER_KEY=
"""


def around(tmp_path: Path, **values: str) -> Surroundings:
    return Surroundings(tmp_path / "dev.env", "/secrets", MemoryStore(**values))


def test_optional_secrets_become_empty_files_once(tmp_path: Path) -> None:
    template = merge([load(TEXT, "base.env.template", "base")])
    surroundings = around(tmp_path)
    plan = plan_fill(template, None, surroundings)
    assert plan.secrets.empty == ("one_key", "other_key")
    apply_fill(plan, surroundings, DiskFiles(), lambda recipe: recipe)
    assert surroundings.store.get("one_key") == ""
    assert plan_fill(template, None, surroundings).secrets.empty == ()


def test_a_group_of_which_nothing_has_a_value_is_a_warning(tmp_path: Path) -> None:
    template = merge([load(TEXT, "base.env.template", "base")])
    (finding,) = plan_fill(template, None, around(tmp_path)).findings
    assert (finding.code, finding.severity, finding.subject) == ("none-of-group", "warning", "keys")
    assert "ONE_KEY, OTHER_KEY" in finding.message
    assert finding.hint == "stackctl secrets set one_key"
    assert plan_fill(template, None, around(tmp_path, one_key="", other_key="swordfish9")).findings == ()
