from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.fill_file import plan_file
from stackctl.env.fill_plan import Surroundings
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.sync import MARK, SyncPlan, plan_sync
from stackctl.env.template import load
from stackctl.errors import ConfigError
from tests.unit.env.generator import env_file
from tests.unit.env.test_fill import MemoryStore

TEMPLATE = """\
# The first.
A=1

# @required
MUST=

# The new one.
NEW=default
"""


def synced(text: str, template: str = TEMPLATE, used: tuple[str, ...] = (), **values: str) -> SyncPlan:
    existing = parse(text.encode(), "dev.env")
    merged = merge([load(template.encode(), "t", "base")])
    around = Surroundings(Path("dev.env"), "/secrets", MemoryStore(), values=values)
    return plan_sync(merged, existing, plan_file(merged, existing, around), used)


def test_what_the_template_gained_comes_in_its_place_with_its_comment() -> None:
    plan = synced("A=mine # kept\nMUST=x\n\nZ=1\n", used=("Z",))
    assert plan.after.text == "A=mine # kept\nMUST=x\n\n# The new one.\nNEW=default\n\nZ=1\n"
    assert (plan.file.added, plan.lost) == (("NEW",), ())


def test_what_no_template_has_is_marked_once_and_never_removed() -> None:
    plan = synced("A=1\nMUST=x\nNEW=2\nGONE='my value'\nCOMPOSE_PROFILES=x\n")
    assert plan.lost == ("GONE",)
    assert plan.after.text == f"A=1\nMUST=x\nNEW=2\n{MARK}\nGONE='my value'\nCOMPOSE_PROFILES=x\n"
    again = synced(plan.after.text)
    assert again.empty
    assert again.lost == ()


def test_a_mark_goes_when_a_template_has_the_key_again() -> None:
    plan = synced(f"A=1\nMUST=x\n{MARK}\nNEW=2\n")
    assert (plan.after.text, plan.found_again) == ("A=1\nMUST=x\nNEW=2\n", ("NEW",))


def test_what_is_required_and_missing_is_no_sync() -> None:
    plan = synced("A=1\nNEW=1\n")
    assert [finding.subject for finding in plan.file.missing] == ["MUST"]
    assert not plan.empty
    assert "MUST=given" in synced("A=1\nNEW=1\n", MUST="given").after.text


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    plan = synced("\ufeffA=1\r\nMUST=2\r\nGONE=3\r\n")
    assert plan.after.to_bytes() == (
        f"\ufeffA=1\r\nMUST=2\r\n\r\n# The new one.\r\nNEW=default\r\n{MARK}\r\nGONE=3\r\n".encode()
    )
    assert synced(plan.after.to_bytes().decode()).empty


@given(st.integers(min_value=0, max_value=100_000))
def test_whatever_the_file_every_value_stays_byte_for_byte(seed: int) -> None:
    data = env_file(seed)
    try:
        before = parse(data, "x.env")
    except ConfigError:
        return
    if before.entries and not before.entries[-1].key:
        return
    plan = synced(data.decode("utf-8", "surrogateescape").encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    mine = [(entry.key, entry.raw_value) for entry in plan.before.entries]
    theirs = [(entry.key, entry.raw_value) for entry in plan.after.entries if entry.key not in plan.file.added]
    assert mine == theirs
    assert not synced(plan.after.text).lost
