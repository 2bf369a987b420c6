"""`x-stackctl` as the files write it: for what must be known before Compose is asked, and for completion."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stackctl.workspace import compose_files

_TOP = r"(?m)^[\"']?x-stackctl[\"']?\s*:"


def written_setting(files: Iterable[Path], key: str) -> Any:
    """Give one key of the top-level `x-stackctl` of these files, None where none has it.

    A later file replaces the whole `x-stackctl`, as Compose merges it. YAML is parsed only where the words stand in a
    text. Raises ConfigError for a file that cannot be read.
    """
    texts = [(path, compose_files.read_text(path)) for path in files]
    if not any(key in text and re.search(_TOP, text) for _path, text in texts):
        return None
    last: Any = None
    for path, text in texts:
        if re.search(_TOP, text):
            last = compose_files.load(path).get("x-stackctl", last)
    return last.get(key) if isinstance(last, dict) else None
