from pathlib import Path

import pytest

from stackctl.errors import EngineError, Misuse
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


def test_a_command_that_a_busy_machine_does_not_end_in_time_proves_nothing(tmp_path: Path) -> None:
    def slow(_view: Site) -> Found:
        raise EngineError("the Docker engine took longer than 11 s to answer", "") from TimeoutError()

    def broken(_view: Site) -> Found:
        raise EngineError("it is away", "")

    outcomes = run_checks([Check("a.slow", "", slow), Check("a.broken", "", broken)], site(tmp_path))
    assert [item.found.status for item in outcomes] == ["skipped", "failed"]


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


def test_an_interrupted_run_waits_for_nothing_any_more(tmp_path: Path) -> None:
    there = site(tmp_path)
    looks: list[float] = []

    def waits(view: Site) -> Found:
        view.until(lambda: looks.append(view.left()))
        return ok("")

    def interrupts(_view: Site) -> Found:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks([Check("a.interrupts", "", interrupts), Check("a.waits", "", waits)], there)
    assert there.stopped.is_set()
    assert looks
    assert there.in_vain


def test_who_stands_on_a_broken_hop_stops_waiting(tmp_path: Path) -> None:
    there = site(tmp_path)

    def broken(_view: Site) -> Found:
        return failed("broken", "mend it")

    def waits(view: Site) -> Found:
        return failed("in vain", "") if view.until(lambda: None) is None and view.in_vain else ok("")

    first, second = run_checks([Check("a.a", "", broken), Check("a.b", "", waits, ("a.a",))], there)
    assert (first.found.status, second.because) == ("failed", "a.a")


def test_waiting_ends_with_its_own_limit_or_that_of_the_run(tmp_path: Path) -> None:
    there = site(tmp_path)
    there.until(lambda: None, 3)
    assert there.world.clock.monotonic() <= 3
    there.until(lambda: None)
    assert there.world.clock.monotonic() <= there.end
