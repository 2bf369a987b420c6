from pathlib import Path

import pytest

from stackctl.errors import Misuse
from stackctl.verify.check import Check, Found, Outcome, failed, ok, skipped
from stackctl.verify.run import chosen, explained, run_checks
from stackctl.verify.site import Site
from stackctl.verify.table import CHECKS
from tests.unit.verify.made import site


def says(found: Found | Exception) -> Check:
    def run(_site: Site) -> Found:
        if isinstance(found, Exception):
            raise found
        return found

    return Check("a.a", "", run)


def outcome(name: str, found: Found, *after: str) -> Outcome:
    return Outcome(Check(name, "", lambda _site: found, after), found, 0.0)


def test_a_failure_that_another_explains_is_not_told_as_one() -> None:
    bad = failed("broken", "mend it")
    told = explained(
        [
            outcome("a", bad),
            outcome("b", bad, "a"),
            outcome("c", bad, "b"),
            outcome("d", bad),
            outcome("e", ok(""), "a"),
        ]
    )
    assert [item.found.status for item in told] == ["failed", "skipped", "skipped", "failed", "ok"]
    assert [item.because for item in told] == ["", "a", "a", "", ""]
    assert told[2].found.text == "not judged: a is broken"


def test_a_hop_that_was_skipped_hides_nothing() -> None:
    told = explained([outcome("a", skipped("no image")), outcome("b", failed("broken", ""), "a")])
    assert told[1].found.status == "failed"


@pytest.mark.parametrize("error", [ConnectionRefusedError("refused"), TimeoutError("timed out")])
def test_a_door_that_closes_is_an_answer(tmp_path: Path, error: OSError) -> None:
    (found,) = run_checks([says(error)], site(tmp_path))
    assert found.found.status == "failed"
    assert str(error) in found.found.text


def test_a_bug_in_a_check_is_no_broken_hop(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        run_checks([says(KeyError("x"))], site(tmp_path))


def test_checks_are_chosen_by_id_and_by_group_with_what_they_stand_on() -> None:
    assert chosen(CHECKS, ()) == list(CHECKS)
    ids = [check.id for check in chosen(CHECKS, ("traces.logged",))]
    assert ids[-1] == "traces.logged"
    assert {"services.running", "data.request", "traces.sampled"} <= set(ids)
    assert "metrics.targets" not in ids
    upkeep = [check.id for check in chosen(CHECKS, ("upkeep",))]
    assert upkeep == ["upkeep.backup", "upkeep.secrets", "upkeep.certificates"]
    with pytest.raises(Misuse) as caught:
        chosen(CHECKS, ("trace.spans",))
    assert "traces.spans" in caught.value.hint


def test_the_table_is_in_order_and_names_what_there_is() -> None:
    """`explained` reads it from above: a check must come after those that it stands on."""
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.after) <= seen, check.id
        assert check.id not in seen
        assert check.title
        seen.add(check.id)


def test_the_reference_has_every_check() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "verify.md").read_text()
    rows = [line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")]
    assert [name for name in rows if "." in name] == [check.id for check in CHECKS]
