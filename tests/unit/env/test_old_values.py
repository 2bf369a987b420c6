from __future__ import annotations

import pytest

from stackctl.env.effective import Source, Variable
from stackctl.env.old_values import differences, named
from stackctl.env.place import Place
from stackctl.env.uses import Use

IMAGE = {"PATH": "/bin", "LANG": "C"}


def fed(key: str, service: str, container: str) -> Variable:
    use = Use(key, service, f"services.{service}.environment.{container}", container, Place("base.yml", 1, 1))
    return Variable(key, "x", Source("file"), sensitive=False, uses=(use,), services=(service,))


@pytest.mark.parametrize(
    ("passed", "running", "found"),
    [
        ({"A": "1"}, {**IMAGE, "A": "1"}, {}),
        ({"A": "2"}, {**IMAGE, "A": "1"}, {"A": "changed"}),
        ({"A": "1"}, IMAGE, {"A": "added"}),
        ({}, {**IMAGE, "A": "1"}, {"A": "removed"}),
        ({"A": ""}, IMAGE, {"A": "added"}),
        ({"A": None}, IMAGE, {}),
        ({"A": None}, {**IMAGE, "A": "1"}, {"A": "removed"}),
        ({"LANG": "de"}, IMAGE, {"LANG": "changed"}),
        ({}, {"PATH": "/bin", "LANG": "de"}, {"LANG": "changed"}),
        ({"LANG": None}, IMAGE, {}),
        ({}, {**IMAGE, "HTTPS_PROXY": "http://proxy"}, {}),
        ({"HTTPS_PROXY": "http://a"}, {**IMAGE, "HTTPS_PROXY": "http://b"}, {"HTTPS_PROXY": "changed"}),
    ],
)
def test_a_container_beside_what_it_would_get(
    passed: dict[str, str | None], running: dict[str, str], found: dict[str, str]
) -> None:
    assert differences(passed, running, IMAGE) == found


def test_the_name_is_the_one_that_a_user_edits() -> None:
    variables = {"CORE_LOG_LEVEL": fed("CORE_LOG_LEVEL", "core", "LOG_LEVEL")}
    assert named("core", variables, {"LOG_LEVEL": "changed"}, {}, {}) == {"CORE_LOG_LEVEL": "changed"}


def test_of_two_that_feed_one_value_the_record_knows_which() -> None:
    variables = {key: fed(key, "core", "URI") for key in ("USER_NAME", "HOST")}
    before, now = {"USER_NAME": "a", "HOST": "b"}, {"USER_NAME": "a", "HOST": "c"}
    assert named("core", variables, {"URI": "changed"}, before, now) == {"HOST": "changed"}
    assert named("core", variables, {"URI": "changed"}, {}, now) == {"USER_NAME": "changed", "HOST": "changed"}


def test_what_feeds_no_variable_of_the_container_is_known_by_the_record() -> None:
    before, now = {"PORT": "a", "GONE": "b"}, {"PORT": "c", "NEW": "d"}
    assert named("core", {}, {}, before, now) == {"GONE": "removed", "NEW": "added", "PORT": "changed"}


def test_a_value_that_was_changed_in_the_compose_file_itself_has_the_containers_name() -> None:
    variables = {"CORE_LOG_LEVEL": fed("CORE_LOG_LEVEL", "core", "LOG_LEVEL")}
    same = {"CORE_LOG_LEVEL": "a"}
    assert named("core", variables, {"LOG_LEVEL": "changed", "MODE": "added"}, same, same) == {
        "LOG_LEVEL": "changed",
        "MODE": "added",
    }
