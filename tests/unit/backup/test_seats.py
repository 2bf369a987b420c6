from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.backup.seats import ensure_tools
from stackctl.engine.helper import IMAGE
from stackctl.images.recipes import DIGEST_LABEL, find_recipes
from tests.unit.fakes import FakeEngine, doors, image

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("labels", "built"),
    [(None, True), ({DIGEST_LABEL: "another"}, True), ({DIGEST_LABEL: "CHAIN"}, False), ({}, False)],
    ids=["missing", "of an earlier recipe", "of this recipe", "of no recipe"],
)
def test_helpers_get_the_programs_that_they_need_now(
    tmp_path: Path, labels: dict[str, str] | None, built: bool
) -> None:
    engine = FakeEngine()
    recipes = find_recipes(ROOT)
    for recipe in recipes.values():
        engine.local[recipe.tag] = image(recipe.tag, labels={DIGEST_LABEL: recipe.chain})
    del engine.local[IMAGE]
    if labels is not None:
        filled = {key: recipes["tools"].chain if value == "CHAIN" else value for key, value in labels.items()}
        engine.local[IMAGE] = image(IMAGE, labels=filled)
    ensure_tools(doors(tmp_path, engine).world, ROOT)
    assert (("build", IMAGE) in engine.asked) is built
