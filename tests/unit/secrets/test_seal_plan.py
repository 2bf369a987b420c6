from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackctl.errors import ConfigError, Refused
from stackctl.secrets.seal_plan import SealWish, plan_seal, plan_unseal
from stackctl.secrets.sealed_file import Block, Key, render
from stackctl.secrets.sealing import Scope, open_all
from tests.unit.secrets.made import SCOPE, Person, key, listed, memo_of, sealed, sides

ANNA, BEN = Person(), Person()
OLD = {"a": "value of a", "b": "value of b"}
BLOCKS = sealed(OLD, ANNA)
MARK = listed(ANNA).digest
MEMO = memo_of(OLD, BLOCKS)
WISH = SealWish(MARK)


def changed_there(**values: str) -> dict[Key, Block]:
    """The file after a teammate sealed other values."""
    return {**BLOCKS, **sealed(values, ANNA)}


def test_nothing_new_seals_nothing_with_a_key_or_with_the_memory_alone() -> None:
    for known in (sides(OLD, BLOCKS, ANNA), sides(OLD, BLOCKS, memo=MEMO)):
        plan = plan_seal(known, WISH, "file")
        assert plan.empty
        assert plan.keep == BLOCKS


def test_a_changed_value_changes_its_block_and_no_other() -> None:
    plan = plan_seal(sides({**OLD, "a": "new"}, BLOCKS, memo=MEMO), WISH, "file")
    text, blocks = plan.carry_out(SCOPE, listed(ANNA), "core · dev")
    assert (plan.of("changed"), plan.of("kept")) == ([key("a")], [key("b")])
    assert blocks[key("b")] == BLOCKS[key("b")]
    before, after = render(BLOCKS, "core · dev").split("\n\n"), text.split("\n\n")
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]


def test_a_new_recipient_gets_every_value_and_a_removed_one_none() -> None:
    recipients = listed(ANNA, BEN)
    plan = plan_seal(sides(OLD, BLOCKS, memo=MEMO), SealWish(recipients.digest), "file")
    blocks = plan.carry_out(SCOPE, recipients, "")[1]
    assert plan.of("resealed") == [key("a"), key("b")]
    assert [item.value for item in open_all(SCOPE, blocks, BEN.identities).values()] == list(OLD.values())
    back = plan_seal(sides(OLD, blocks, ANNA), WISH, "file").carry_out(SCOPE, listed(ANNA), "")[1]
    assert {item.state for item in open_all(SCOPE, back, BEN.identities).values()} == {"foreign"}


def test_a_newer_value_of_a_teammate_is_never_sealed_over() -> None:
    blocks = changed_there(a="newer")
    for known in (sides(OLD, blocks, memo=MEMO), sides(OLD, blocks, ANNA, MEMO)):
        plan = plan_seal(known, WISH, "file")
        assert plan.empty
        assert plan.related("changed-there") == [key("a")]


def test_two_changes_of_one_value_are_refused_and_replace_decides() -> None:
    known = sides({**OLD, "a": "mine"}, changed_there(a="theirs"), ANNA, MEMO)
    with pytest.raises(Refused, match="a") as caught:
        plan_seal(known, WISH, "file")
    assert caught.value.code == "sealed-conflict"
    assert plan_seal(known, replace(WISH, replace=True), "file").fresh == {key("a"): "mine"}
    with pytest.raises(Refused):
        plan_unseal(known, "file")
    assert plan_unseal(known, "file", take_all=True).write == {key("a"): "theirs"}


def test_a_machine_that_knows_nothing_of_the_file_does_not_guess() -> None:
    with pytest.raises(Refused):
        plan_seal(sides({"a": "my own"}, BLOCKS), WISH, "file")
    with pytest.raises(Refused):
        plan_unseal(sides({"a": "my own"}, BLOCKS, ANNA), "file")


def test_what_is_not_here_stays_sealed_until_it_is_pruned() -> None:
    plan = plan_seal(sides({"a": OLD["a"]}, BLOCKS, memo=MEMO), WISH, "file")
    assert plan.empty
    assert plan.related("only-sealed") == [key("b")]
    pruned = plan_seal(sides({"a": OLD["a"]}, BLOCKS, memo=MEMO), replace(WISH, prune=True), "file")
    assert pruned.of("dropped") == [key("b")]
    assert set(pruned.keep) == {key("a")}


def test_other_recipients_need_what_is_not_here_to_be_opened() -> None:
    wish = SealWish(listed(ANNA, BEN).digest)
    with pytest.raises(ConfigError, match="cannot be read here: b"):
        plan_seal(sides({"a": OLD["a"]}, BLOCKS, memo=MEMO), wish, "file")
    plan = plan_seal(sides({"a": OLD["a"]}, BLOCKS, ANNA, MEMO), wish, "file")
    assert plan.fresh == {key("a"): OLD["a"], key("b"): OLD["b"]}


def test_unsealing_adds_replaces_and_keeps() -> None:
    blocks = changed_there(a="newer")
    plan = plan_unseal(sides({"a": OLD["a"]}, blocks, ANNA, MEMO), "file")
    assert (plan.added, plan.replaced) == ((key("b"),), (key("a"),))
    assert plan.write == {key("a"): "newer", key("b"): OLD["b"]}
    mine = plan_unseal(sides({**OLD, "a": "mine"}, BLOCKS, ANNA, MEMO), "file")
    assert (mine.write, mine.newer_here, mine.same) == ({}, (key("a"),), (key("b"),))


def test_swapped_blocks_are_noticed_and_nothing_is_written() -> None:
    swapped = {key("a"): BLOCKS[key("b")], key("b"): BLOCKS[key("a")]}
    with pytest.raises(ConfigError, match="what stands as secret a is the secret b of core · dev") as caught:
        plan_unseal(sides({}, swapped, ANNA), "file")
    assert caught.value.code == "sealed-moved"
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize("scope", [Scope("core", "prod"), Scope("other", "dev"), Scope("", "dev")])
def test_a_block_of_another_environment_is_noticed(scope: Scope) -> None:
    assert {item.state for item in open_all(scope, BLOCKS, ANNA.identities).values()} == {"moved"}


def test_one_block_that_does_not_open_stops_all() -> None:
    blocks = {**BLOCKS, **sealed({"b": "x"}, BEN)}
    with pytest.raises(ConfigError, match="b is not sealed for your key"):
        plan_unseal(sides({}, blocks, ANNA), "file")
    cut = {**BLOCKS, key("a"): replace(BLOCKS[key("a")], armour=BLOCKS[key("a")].armour[:200] + "\n")}
    with pytest.raises(ConfigError, match="sealed secret a is damaged"):
        plan_unseal(sides({}, cut, ANNA), "file")


def test_a_moved_or_damaged_block_is_sealed_anew_where_the_value_is_here() -> None:
    swapped = {key("a"): BLOCKS[key("b")], key("b"): BLOCKS[key("a")]}
    assert plan_seal(sides(OLD, swapped, ANNA, MEMO), WISH, "file").of("changed") == [key("a"), key("b")]


def test_a_plan_does_not_show_values() -> None:
    known = sides({**OLD, "a": "CANARY1"}, changed_there(c="CANARY2"), ANNA, MEMO)
    shown = repr(known) + repr(plan_seal(known, WISH, "file")) + repr(plan_unseal(known, "file"))
    assert "CANARY" not in shown


def test_a_block_opens_with_the_age_program_and_says_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(ANNA.secret)
    armour = BLOCKS[key("a")].armour.encode()
    done = subprocess.run(["age", "-d", "-i", "key"], input=armour, cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout) == {
        "stack": "core",
        "environment": "dev",
        "kind": "secret",
        "name": "a",
        "value": OLD["a"],
    }


VALUE = st.sampled_from(["one", "two", "three"])
NAMES = st.dictionaries(st.sampled_from("abc"), VALUE)


@settings(max_examples=60)
@given(here=NAMES, there=NAMES, seen=NAMES, replace_=st.booleans())
def test_sealing_loses_no_value(
    here: dict[str, str], there: dict[str, str], seen: dict[str, str], replace_: bool
) -> None:
    """After a sealing that is not refused, the file has a value for each name, and it is one of the two sides'."""
    blocks = sealed(there, ANNA)
    memo = memo_of(seen, {**sealed(seen, ANNA), **blocks}) if seen else {}
    known = sides(here, blocks, ANNA, memo)
    try:
        plan = plan_seal(known, replace(WISH, replace=replace_), "file")
    except Refused:
        assert any(here[name] != there[name] for name in here.keys() & there.keys())
        return
    opened = open_all(SCOPE, plan.carry_out(SCOPE, listed(ANNA), "")[1], ANNA.identities)
    assert {item.name for item in opened} == here.keys() | there.keys()
    for item, found in opened.items():
        sides_of = {side[item.name] for side in (here, there) if item.name in side}
        assert found.value in sides_of
        if replace_ and item.name in here:
            assert found.value == here[item.name]
