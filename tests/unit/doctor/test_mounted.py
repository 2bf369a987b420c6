from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackctl.doctor.host import FileFacts
from stackctl.doctor.mounted import secret_findings
from stackctl.errors import Finding
from tests.unit.doctor.fakes import FILE, FOLDER, FakeHost, ground_of, stack_of


def findings(facts: FileFacts | None, user: str = "", planned: tuple[str, ...] = ()) -> list[Finding]:
    service: dict[str, Any] = {"image": "x", "secrets": [{"source": "pw", "target": "/run/secrets/pw"}]}
    if user:
        service["user"] = user
    stack = stack_of({"web": service}, secrets={"pw": {"name": "shop_pw", "file": "/s/pw"}})
    ground = ground_of(stack, FakeHost(files={"/s/pw": facts} if facts else {}))
    return secret_findings(replace(ground, planned=frozenset(map(Path, planned))))


def test_a_readable_secret_is_fine() -> None:
    assert findings(FILE, "999:999") == []


def test_a_missing_one_is_an_error_unless_this_start_makes_it() -> None:
    (finding,) = findings(None)
    assert (finding.code, finding.severity, finding.subject) == ("secret-unreadable", "error", "web")
    assert findings(None, planned=("/s/pw",)) == []


def test_a_folder_in_its_place() -> None:
    (finding,) = findings(FOLDER)
    assert "rmdir /s/pw" in finding.hint


def test_one_that_we_may_not_read() -> None:
    (finding,) = findings(replace(FILE, readable=False))
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    ("user", "mode", "said"),
    [
        ("999:999", 0o600, True),
        ("999", 0o640, True),
        ("1000", 0o600, False),
        ("999:50", 0o640, False),
        ("0", 0o600, False),
        ("", 0o600, False),
        ("grafana", 0o600, False),
    ],
)
def test_a_containers_user_needs_the_right_to_read(user: str, mode: int, said: bool) -> None:
    found = findings(FileFacts("file", mode=mode, uid=1000, gid=50), user)
    assert bool(found) is said


def test_configs_from_files_count_and_inline_ones_do_not() -> None:
    stack = stack_of(
        {"web": {"image": "x", "configs": [{"source": "a"}, {"source": "b"}]}},
        configs={"a": {"file": "/c/a"}, "b": {"content": "x"}},
    )
    (finding,) = secret_findings(ground_of(stack))
    assert "the config a of web" in finding.message
