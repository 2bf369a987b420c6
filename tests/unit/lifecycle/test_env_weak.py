from __future__ import annotations

from pathlib import Path

from stackctl.lifecycle.effective import effective_of
from stackctl.lifecycle.env_weak import weak_secrets
from tests.unit.lifecycle.made import make_shop


def test_weak_values_of_env_files_and_of_the_store_are_told_with_their_place(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.env_file.write_text("PORT=1\nAPI_TOKEN=abc\nOTHER_TOKEN=long-enough-to-be-one\nTHIRD_TOKEN=change-me\n")
    found = effective_of(shop.doors.world, shop.target)
    problems = weak_secrets(found, {}, {"THIRD_TOKEN"})
    assert [(item.code, item.severity, item.key) for item in problems] == [("weak-secret", "warning", "API_TOKEN")]
    assert problems[0].place is not None
    assert problems[0].place.line == 2
    assert "abc" not in problems[0].message + problems[0].hint
    stored = dict.fromkeys(found.template.secrets, "short")
    told = {item.key for item in weak_secrets(found, stored, ()) if item.place is None}
    assert told == {name for name, item in found.template.secrets.items() if not item.directives.derive}
    assert told
