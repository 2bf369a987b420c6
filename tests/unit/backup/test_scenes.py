"""The look that backups and restores begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.backup.scenes import scene_of
from stackctl.engine.complaints import VariableMissing
from stackctl.errors import NotReady
from tests.unit.lifecycle.made import make_shop

MISSING = VariableMissing("STACKCTL_SECRETS_DIR", ": set by stackctl")


def test_before_the_first_start_it_is_that_which_is_missing(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.engine.model_error = MISSING
    with pytest.raises(NotReady) as caught:
        scene_of(shop.doors.world, shop.target)
    assert caught.value.code == "not-running"
    assert caught.value.message.endswith("was never started here")
    assert caught.value.hint == f"start it first: stackctl up {shop.target.env.value}"


def test_after_it_a_missing_variable_is_named(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.up()
    shop.engine.model_error = MISSING
    with pytest.raises(VariableMissing):
        scene_of(shop.doors.world, shop.target)
