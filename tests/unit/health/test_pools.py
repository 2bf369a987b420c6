from __future__ import annotations

import json
from collections.abc import Sequence

from stackctl.engine.run import Outcome
from stackctl.health.pools import ENOUGH, USUAL_POOLS, count_left, subnets_left
from tests.unit.fakes import FakeEngine

SMALL = [("10.9.0.0/22", 24)]


class Pools(FakeEngine):
    """An engine that says its pools, and has networks with these subnets."""

    def __init__(self, pools: object, subnets: Sequence[str]) -> None:
        super().__init__()
        self.pools, self.subnets = pools, subnets

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        if argv[0] == "info":
            return Outcome(0, json.dumps(self.pools), "", 0.0)
        if argv[:2] == ("network", "ls"):
            return Outcome(0, "".join(f"id{index}\n" for index, _ in enumerate(self.subnets)), "", 0.0)
        rows = [f"net{index}\t{subnet}" for index, subnet in enumerate(self.subnets)]
        return Outcome(0, "\n".join(rows), "", 0.0)


def test_a_pool_is_cut_into_subnets_and_the_taken_ones_do_not_count() -> None:
    assert count_left(SMALL, []) == 4
    assert count_left(SMALL, ["10.9.1.0/24", "10.9.2.0/25", "fd00::/64", "odd"]) == 2
    assert count_left(SMALL, ["10.0.0.0/8"]) == 0


def test_a_large_pool_is_not_counted_to_its_end() -> None:
    assert count_left([("10.0.0.0/8", 28)], []) == ENOUGH


def test_the_usual_pools_make_thirty_one_networks() -> None:
    assert count_left(USUAL_POOLS, []) == 31


def test_the_pools_of_the_engine_count_and_its_usual_ones_where_it_names_none() -> None:
    pool = {"Base": "10.9.0.0/22", "Size": 24}
    assert subnets_left(Pools([pool], ["10.9.0.0/24", "10.9.3.0/24"])) == 2
    assert subnets_left(Pools([pool], [f"10.9.{number}.0/24" for number in range(4)])) == 0
    assert subnets_left(Pools(None, ["172.17.0.0/16"])) == 30


def test_an_engine_that_does_not_answer_is_no_number() -> None:
    class Away(FakeEngine):
        def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
            return Outcome(0, "no json", "", 0.0)

    assert subnets_left(Away()) is None
