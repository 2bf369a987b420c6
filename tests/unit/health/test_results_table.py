from __future__ import annotations

from tests.faults.table import ALL, BEGIN, END, GAPS, PAGE, rendered, without_stack


def test_the_table_of_results_is_that_of_the_corpus() -> None:
    page = PAGE.read_text("utf-8")
    assert BEGIN in page
    assert END in page
    assert rendered(page) == page, "stale: make verdicts"


def test_every_code_has_a_stack() -> None:
    assert without_stack() == []


def test_stacks_have_names_of_their_own_and_gaps_are_among_them() -> None:
    names = [case.name for case in ALL]
    assert len(names) == len(set(names))
    assert set(GAPS) <= set(names)


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert sum(bool(case.code) for case in ALL) >= 60
    assert sum(not case.code for case in ALL) >= 12
