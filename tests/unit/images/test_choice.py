from __future__ import annotations

from typing import Any

import pytest

from stackctl.errors import Misuse
from stackctl.images.choice import Candidate, Policy, decide, kind_of, policy_of, recipe_for, recipe_for_base
from tests.unit.images.made import image, recipes

REDIS = recipes()["redis"]


# What is known, the policy → kind, action, what may stand in.
@pytest.mark.parametrize(
    ("known", "policy", "expected"),
    [
        # auto: what is present, else pull
        ({"there": True}, "auto", ("official", "none", "")),
        ({"there": True, "local": "ready"}, "auto", ("official", "none", "")),
        ({"local": "ready"}, "auto", ("local", "none", "")),
        ({"local": "outdated"}, "auto", ("official", "pull", "redis")),
        ({}, "auto", ("official", "pull", "redis")),
        ({"recipe": None}, "auto", ("official", "pull", "")),
        # auto: the kind that filled the data goes before everything
        ({"there": True, "recorded": "local"}, "auto", ("local", "build", "")),
        ({"there": True, "recorded": "local", "local": "ready"}, "auto", ("local", "none", "")),
        ({"recorded": "official", "local": "ready"}, "auto", ("official", "pull", "")),
        ({"recorded": "official", "there": True}, "auto", ("official", "none", "")),
        # a plain project gets what it names
        ({"plain": True, "local": "ready"}, "auto", ("official", "pull", "")),
        ({"plain": True}, "local", ("local", "build", "")),
        ({"plain": True, "recorded": "local", "local": "ready"}, "auto", ("local", "none", "")),
        # registry
        ({"local": "ready"}, "registry", ("official", "pull", "")),
        ({"there": True}, "registry", ("official", "none", "")),
        ({"recorded": "local", "local": "ready"}, "registry", ("official", "pull", "")),
        # local
        ({"there": True}, "local", ("local", "build", "")),
        ({"local": "outdated"}, "local", ("local", "build", "")),
        ({"local": "ready"}, "local", ("local", "none", "")),
        ({"recipe": None}, "local", ("official", "pull", "")),
        ({"recipe": None, "there": True}, "local", ("official", "none", "")),
        # a file that names the local image means it
        ({"wanted": REDIS.tag}, "auto", ("local", "build", "")),
        ({"wanted": REDIS.tag, "there": True, "local": "outdated"}, "registry", ("local", "build", "")),
        # the file forbids pulling
        ({"never_pull": True}, "auto", ("official", "none", "")),
    ],
)
def test_the_table(known: dict[str, Any], policy: Policy, expected: tuple[str, str, str]) -> None:
    candidate = Candidate(**{"service": "redis", "wanted": "redis:8", "recipe": REDIS, **known})
    choice = decide(candidate, policy)
    assert (choice.kind, choice.action, choice.stand_in) == expected
    assert choice.used == (REDIS.tag if choice.kind == "local" else candidate.wanted)
    assert choice.recipe == ("redis" if choice.kind == "local" else "")
    assert choice.why


def test_the_reason_is_said() -> None:
    assert decide(Candidate("r", "redis:8", recipe=REDIS, local="ready"), "auto").why == "it is here, redis:8 is not"
    assert decide(Candidate("r", "redis:8", recipe=REDIS), "local").why == "instead of redis:8 (--images local)"
    assert "no recipe" in decide(Candidate("p", "postgres:17"), "local").why


@pytest.mark.parametrize(("text", "policy"), [("", "auto"), ("auto", "auto"), ("local", "local")])
def test_policies(text: str, policy: str) -> None:
    assert policy_of(text) == policy


def test_another_word_is_misuse() -> None:
    with pytest.raises(Misuse, match="locale"):
        policy_of("locale")


@pytest.mark.parametrize(
    ("name", "labels", "recipe"),
    [
        ("redis:8", {}, "redis"),
        ("docker.io/library/redis:8", {}, "redis"),
        ("mongo@sha256:abc", {}, "mongodb"),
        ("bitnami/redis:8", {}, None),
        ("mirror.corp/hub/redis:8", {}, None),
        ("mirror.corp/hub/redis:8", {"stackctl.service": "redis"}, "redis"),
        ("busybox:1", {}, None),
        ("busybox:1", {"stackctl.recipe": "tools"}, "tools"),
        ("redis:8", {"stackctl.recipe": "nothing"}, None),
        ("postgres:17", {}, None),
    ],
)
def test_what_stands_in_for_a_service(name: str, labels: dict[str, str], recipe: str | None) -> None:
    found = recipe_for(name, labels, recipes())
    assert (found.name if found else None) == recipe


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("python:3.13-slim", "python"),
        ("library/python", "python"),
        ("stackctl/python:local", "python"),
        ("mongo:8", "mongodb"),
        ("acme/python:3", None),
        ("node:22", None),
        ("stackctl/none:local", None),
    ],
)
def test_what_stands_in_for_a_base(name: str, recipe: str | None) -> None:
    found = recipe_for_base(name, recipes())
    assert (found.name if found else None) == recipe


def test_the_kind_of_an_image() -> None:
    assert kind_of("redis:8", None) == "official"
    assert kind_of("stackctl/redis:local", None) == "local"
    assert kind_of("redis:8", image({"stackctl.kind": "local"})) == "local"  # somebody tagged it so
