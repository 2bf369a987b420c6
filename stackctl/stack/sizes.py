"""Sizes that a file says (`4GiB`, `512MB`, Compose's `2g`), in bytes."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
# A unit without `i` that has a `B` counts in thousands; Compose's own short ones (`2g`) in 1024, as Docker reads them.
_UNITS = {
    **{"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40},
    **{"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12},
    **{"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40},
}


def bytes_of(text: object) -> int | None:
    """Give a size in bytes, None where nothing readable is written. A bare number is bytes."""
    match = _SIZE.fullmatch(str(text).strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    return int(float(match[1]) * unit) if match and unit is not None else None
