from __future__ import annotations

from pathlib import Path

from stackctl.health.evidence import Place
from stackctl.health.places import places_of

BASE = """\
services:
  app:
    image: x
    environment:
      DB: mongodb://db
  db:
    environment:
      - NAME=x
"""


def test_each_key_has_its_line_and_the_last_file_wins(tmp_path: Path) -> None:
    base, over = tmp_path / "base.yml", tmp_path / "dev.yml"
    base.write_text(BASE)
    over.write_text("services:\n  app:\n    image: !override y\n")
    found = places_of([base, over, tmp_path / "missing.yml"])
    assert found["app"][""] == Place(str(over), 2)
    assert found["app"]["image"] == Place(str(over), 3)
    assert found["app"]["environment.DB"] == Place(str(base), 5)
    assert found["db"]["environment.NAME"] == Place(str(base), 8)


def test_a_broken_file_has_no_places(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("services: [")
    assert places_of([tmp_path / "x.yml"]) == {}
