"""Files that travel with the program: the core stack, its env templates, the image recipes."""

from __future__ import annotations

from pathlib import Path

import stackctl


def packaged(name: str) -> Path:
    """Give the folder `stacks` or `env` that came with this program: inside the wheel, else the checkout's own."""
    package = Path(stackctl.__file__).parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name
