"""`stackctl verify` where only the app is published: the rest is asked at its containers' addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import eventually, http
from tests.engine.verify_lab import PATIENT, broken

if TYPE_CHECKING:
    from tests.engine.cli import Json
    from tests.engine.conftest import Core

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("core")]


def test_prod_is_proved_like_dev(prod: Core) -> None:
    """Prod keeps a share of its traces alone; the one that is asked for it keeps. Its own item is gone afterwards."""

    def items() -> list[Json]:
        return list(http(f"{prod.url('core')}/items?limit=100").json["items"])

    def judged() -> Json:
        answer = prod.cli("verify", "prod", *PATIENT, "--json", code=None)
        assert not broken(answer), json.dumps(answer.data["checks"], indent=1)
        checks = {check["id"]: check for check in answer.data["checks"]}
        skipped = {name for name, check in checks.items() if check["status"] == "skipped"}
        return checks if skipped == {"upkeep.backup", "upkeep.secrets", "upkeep.certificates"} else {}

    before = items()
    checks = eventually(judged, "everything is judged", patience=180)
    assert checks["traces.sampled"]["text"] == "the app keeps the trace of a request"
    assert items() == before
