"""`python -m scripts.dashboards [STACKS]` writes the stacks' dashboards: classic JSON, for Grafana 10 to 13."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from scripts.dashboards import app, codegraph, mongodb, nexus, redis, stack, telemetry

if TYPE_CHECKING:
    from scripts.dashboards.panels import Board

STACKS = Path(__file__).parents[2] / "stacks"
BOARDS: dict[str, tuple[Board, ...]] = {
    "core": (stack.BOARD, app.BOARD, mongodb.BOARD, redis.BOARD, telemetry.BOARD),
    "nexus": nexus.BOARDS,
    "codegraph": codegraph.BOARDS,
}


def files(name: str = "core") -> dict[str, str]:
    """Give every dashboard of a stack: file name → text. The same input always gives the same text."""
    return {f"{board.uid}.json": _text(board) for board in BOARDS[name]}


def _text(board: Board) -> str:
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    model = json.loads(encoder.encode(board.build()))
    # Grafana gives a new dashboard its id; one in the file would collide with another's.
    model.pop("id", None)
    return json.dumps(model, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(stacks: Path) -> None:
    """Write them into the folders of the stacks."""
    for stack_name in BOARDS:
        for name, text in files(stack_name).items():
            (stacks / stack_name / "grafana" / "dashboards" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else STACKS)
