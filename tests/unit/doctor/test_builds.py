from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stackctl.doctor.builds import build_findings
from stackctl.doctor.host import FileFacts
from stackctl.errors import Finding
from tests.unit.doctor.fakes import FILE, FOLDER, FakeHost, ground_of, stack_of


def findings(build: Any, files: dict[str, FileFacts], present: tuple[str, ...] = ()) -> list[Finding]:
    ground = ground_of(stack_of({"web": {"image": "x", "build": build}}), FakeHost(files=files))
    return build_findings(replace(ground, images=frozenset(present)))


def test_context_and_dockerfile_are_there() -> None:
    assert findings({"context": "/w", "dockerfile": "Dockerfile"}, {"/w": FOLDER, "/w/Dockerfile": FILE}) == []


def test_a_missing_context_or_dockerfile() -> None:
    (finding,) = findings({"context": "/w", "dockerfile": "Dockerfile"}, {})
    assert (finding.code, finding.severity, finding.message) == (
        "build-failed",
        "error",
        "the build folder of web does not exist: /w",
    )
    (finding,) = findings({"context": "/w", "dockerfile": "d/Other"}, {"/w": FOLDER})
    assert finding.message.endswith("/w/d/Other")


def test_it_is_a_warning_where_the_image_is_there() -> None:
    (finding,) = findings({"context": "/w"}, {}, present=("x",))
    assert finding.severity == "warning"


def test_an_absolute_and_an_inline_dockerfile() -> None:
    assert findings({"context": "/w", "dockerfile": "/e/D"}, {"/w": FOLDER, "/e/D": FILE}) == []
    assert findings({"context": "/w", "dockerfile_inline": "FROM x"}, {"/w": FOLDER}) == []


@pytest.mark.parametrize("context", ["https://github.com/x/y.git#main", "git@github.com:x/y.git"])
def test_a_context_elsewhere_is_not_looked_for_here(context: str) -> None:
    assert findings({"context": context, "dockerfile": "Dockerfile"}, {}) == []
