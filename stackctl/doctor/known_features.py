"""What Compose can do, remembered for as long as the same Compose is installed: asking takes 80 ms of every start."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.features import Features, probe_features

if TYPE_CHECKING:
    from stackctl.engine.door import Engine
    from stackctl.workspace.files import Files

FILE = "compose-features.json"


def known_features(engine: Engine, files: Files, home: Path) -> Features:
    """Give the features, from the record in `home` or from Compose. Nothing is remembered of one that lacks much.

    Raises EngineError where there is no docker command, or no such context.
    """
    stamp = engine.compose_stamp()
    found = _load(files, home / FILE, stamp) if stamp else None
    if found is None:
        found = probe_features(engine)
        if stamp and found.config_json:
            files.make_dir(home)
            files.write(home / FILE, json.dumps({"stamp": stamp, "features": asdict(found)}).encode())
    return found


def _load(files: Files, path: Path, stamp: str) -> Features | None:
    try:
        record = json.loads(files.read(path) or b"")
        return Features(**record["features"]) if record["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None
