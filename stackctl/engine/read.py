"""Reading: the docker CLI's JSON, through one small function."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from stackctl.engine.complaints import engine_error
from stackctl.engine.run import Outcome
from stackctl.errors import EngineError

READ_SECONDS = 60.0
Run = Callable[[Sequence[str]], Outcome]


def read_json(run: Run, words: Sequence[str], *, partial: bool = False) -> list[Any]:
    """Give what `docker WORDS` prints as JSON: one value per line, or one array.

    `partial`: an exit code ≠ 0 with some output is an answer (`inspect` of names, some of which do not exist). Raises
    EngineError where the engine does not answer or the command fails.
    """
    outcome = run(words)
    if outcome.code != 0:
        error = engine_error(outcome.err)
        if error:
            raise error
        if not partial:
            raise EngineError(
                f"docker {' '.join(words[:2])} failed: {outcome.err.strip() or outcome.out.strip()}",
                "see: stackctl doctor",
            )
    text = outcome.out.strip()
    if not text:
        return []
    if text.startswith("["):
        value = json.loads(text)
        return list(value)
    return [json.loads(line) for line in text.splitlines() if line.strip()]
