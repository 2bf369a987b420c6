from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stackctl.stack.order import dependents, start_order, with_dependencies
from tests.unit.fakes import stack_of

if TYPE_CHECKING:
    from stackctl.stack.model import Stack


def chain(**needs: list[str]) -> Stack:
    return stack_of(
        {
            name: {"image": "x", "depends_on": {other: {"condition": "service_started"} for other in others}}
            for name, others in needs.items()
        }
    )


SHOP = chain(web=["db", "cache"], db=[], cache=["net"], net=[], alone=[])


def test_dependencies_come_first_and_names_decide_the_rest() -> None:
    assert start_order(SHOP) == ["alone", "db", "net", "cache", "web"]


def test_a_circle_is_ordered_by_name() -> None:
    assert start_order(chain(b=["a"], a=["b"])) == ["a", "b"]


def test_a_dependency_that_is_not_in_the_model_does_not_matter() -> None:
    assert start_order(chain(web=["gone"])) == ["web"]
    assert with_dependencies(chain(web=["gone"]), ["web"]) == {"web"}


def test_what_a_service_needs() -> None:
    assert with_dependencies(SHOP, ["web"]) == {"web", "db", "cache", "net"}
    assert with_dependencies(SHOP, ["cache", "nobody"]) == {"cache", "net"}
    assert with_dependencies(SHOP, []) == set()


def test_what_needs_a_service() -> None:
    assert dependents(SHOP, ["net"]) == {"cache", "web"}
    assert dependents(SHOP, ["db", "cache"]) == {"web"}
    assert dependents(SHOP, ["alone"]) == set()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3), min_size=1))
def test_every_service_has_one_place_and_follows_what_it_needs(needs: dict[str, list[str]]) -> None:
    acyclic = {name: [other for other in others if other < name] for name, others in needs.items()}
    stack = chain(**acyclic)
    order = start_order(stack)
    assert sorted(order) == sorted(stack.services)
    for name in order:
        for other in stack.services[name].depends_on:
            assert other not in stack.services or order.index(other) < order.index(name)
