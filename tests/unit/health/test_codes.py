from __future__ import annotations

import re
from pathlib import Path

from stackctl.health.codes import CODES
from stackctl.services.registry import drivers

PAGE = (Path(__file__).parents[3] / "docs/reference/verdicts.md").read_text("utf-8")


def test_the_page_explains_every_code_in_this_order() -> None:
    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## What it looks at")[0], re.MULTILINE)) == CODES


def test_services_use_known_codes_and_good_patterns() -> None:
    for driver in drivers().values():
        for failure in driver.failures:
            assert failure.code in CODES, (driver.name, failure.code)
            groups = {key.rstrip("0123456789") for key in re.compile(failure.pattern).groupindex}
            used = set(re.findall(r"\{(\w+)\}", failure.cause + failure.fix + failure.command))
            assert used <= groups | {"service", "image", "command", "why"}, (driver.name, failure.pattern)


def test_known_services_know_their_own_words() -> None:
    assert {name for name, driver in drivers().items() if driver.failures} == {
        "mongodb",
        "redis",
        "prometheus",
        "grafana",
        "jaeger",
        "nginx",
        "postgres",
    }
