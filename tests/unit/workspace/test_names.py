from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import Misuse
from stackctl.workspace.names import check_instance, closest, normalize, project_name, unknown


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop", "shop"),
        ("My Shop", "myshop"),
        ("My.Shop_2-x", "myshop_2-x"),
        ("__x", "x"),
        ("-_-9", "9"),
        ("Größe", "gre"),
        ("…", ""),
    ],
)
def test_a_name_is_normalized_as_compose_does(text: str, name: str) -> None:
    assert normalize(text) == name


@given(st.text())
def test_a_normalized_name_is_one_that_compose_takes_or_empty(text: str) -> None:
    name = normalize(text)
    assert name == "" or re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name)
    assert normalize(name) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("shop", "core", "dev", ""), "shop-core-dev"),
        (("shop", "shop", "dev", ""), "shop-dev"),
        (("Shop", "shop", "prod", "two"), "shop-prod-two"),
        (("shop", "core", "dev", "two"), "shop-core-dev-two"),
        (("…", "core", "dev", ""), "workspace-core-dev"),
    ],
)
def test_the_project_is_named_after_workspace_stack_environment_and_instance(
    words: tuple[str, str, str, str], name: str
) -> None:
    assert project_name(*words) == name


@pytest.mark.parametrize("name", ["two", "a", "2", "a-b_c"])
def test_an_instance_is_a_word(name: str) -> None:
    assert check_instance(name) == name


@pytest.mark.parametrize("name", ["", "Two", "a b", "-a", "a/b", "ü", "a\n", "a.b"])
def test_anything_else_is_no_instance(name: str) -> None:
    with pytest.raises(Misuse) as caught:
        check_instance(name)
    assert caught.value.hint


def test_the_closest_word_is_found_for_a_slip_and_nothing_for_another_word() -> None:
    assert closest("dve", ["dev", "prod"]) == "dev"
    assert closest("pord", ["dev", "prod"]) == "prod"
    assert closest("elephant", ["dev", "prod"]) == ""


def test_a_wrong_name_gets_a_guess_and_what_there_is() -> None:
    error = unknown("environment", "pord", ["prod", "dev"])
    assert (error.exit_code, error.code) == (2, "unknown-environment")
    assert error.message == "no environment is called “pord”"
    assert error.hint == "did you mean “prod”? there is: dev, prod"
    assert unknown("stack", "elephant", ["core"]).hint == "there is: core"
    assert unknown("stack", "x", []).hint == "there is no stack here"
