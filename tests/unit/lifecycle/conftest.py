from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.lifecycle.made import Shop, make_shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Give a workspace that has never been started."""
    return make_shop(tmp_path)


@pytest.fixture
def running(tmp_path: Path) -> Shop:
    """Give a workspace that is up."""
    made = make_shop(tmp_path)
    made.up()
    made.forget_talk()
    return made
