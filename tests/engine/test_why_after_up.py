"""What `up` leaves behind, `why` reads: the log of a build that failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import TOOLS, Cli

pytestmark = pytest.mark.engine


def test_a_build_that_failed_under_up_is_explained_afterwards(project: Callable[..., Cli]) -> None:
    text = f"services:\n  web: {{build: ./app}}\n  edge: {{image: '{TOOLS}', depends_on: [web]}}\n"
    cli = project("build", compose__yaml=text, **{"app/Dockerfile": f"FROM {TOOLS}\nRUN make-nosuch all\n"})
    assert cli("up", "--json", code=5).error["code"] == "build-failed"
    answer = cli("why", "--json", code=5)
    verdict = answer.data["verdict"]
    assert (verdict["code"], verdict["service"], verdict["because_of_it"]) == ("build-failed", "web", ["edge"])
    assert "make-nosuch" in str(verdict["evidence"]), verdict
    assert verdict["fix"]["command"].endswith("build web")


def test_plain_compose_leaves_a_note_about_the_image(project: Callable[..., Cli]) -> None:
    cli = project("plain", compose__yaml="services: {web: {build: .}}", Dockerfile=f"FROM {TOOLS}\nRUN false\n")
    answer = cli("why", "--json")
    assert answer.data["verdict"] is None
    assert "docker compose build web" in answer.data["note"]
