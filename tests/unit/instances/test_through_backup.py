"""When a fork goes through a backup instead of copying files, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stackctl.engine.run import Outcome
from stackctl.engine.values import Volume
from stackctl.errors import Refused
from stackctl.instances.through_backup import why_not_copied
from tests.unit.fakes import FakeEngine, doors

PLAIN = Volume("shop_data", "data", "local", {})
FAR = Volume("shop_far", "far", "convoy", {})


class Known(FakeEngine):
    """Says these options of every volume."""

    options = "{}"

    def run(self, argv: Sequence[str], **more: Any) -> Outcome:
        if tuple(argv[:2]) == ("volume", "inspect"):
            line = f"shop_data\tlocal\t{self.options}\t{{}}\t2026-01-02T03:04:05Z\n"
            return Outcome(0, line, "", 0.0)
        return super().run(argv, **more)


def why(tmp_path: Path, *volumes: Volume, options: str = "{}", quiesce: bool = True) -> str:
    engine = Known()
    engine.options = options
    return why_not_copied(doors(tmp_path, engine).world, volumes, quiesce=quiesce)


def test_files_are_copied_where_they_are_here_and_may_stand_still(tmp_path: Path) -> None:
    assert why(tmp_path, PLAIN) == ""
    assert why(tmp_path, PLAIN, options='{"type": "tmpfs", "device": "tmpfs"}') == ""


def test_elsewhere_or_moving_it_goes_through_a_backup(tmp_path: Path) -> None:
    assert why(tmp_path, PLAIN, FAR) == "the volume shop_far is on the driver convoy"
    assert why(tmp_path, PLAIN, quiesce=False) == "nothing is held still"


@pytest.mark.parametrize("quiesce", [True, False])
def test_a_volume_that_is_a_place_of_its_own_is_not_shared_in_silence(tmp_path: Path, quiesce: bool) -> None:
    options = '{"type": "none", "o": "bind", "device": "/srv/shop"}'
    with pytest.raises(Refused) as caught:
        why(tmp_path, PLAIN, options=options, quiesce=quiesce)
    assert caught.value.code == "not-apart"
    assert "shop_data is /srv/shop" in caught.value.message
