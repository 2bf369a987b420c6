"""Sizes for people."""

from __future__ import annotations


def human_bytes(size: int | None) -> str:
    """Give a size in decimal units as Docker prints them (`86.9 MB`), `?` for an unknown one."""
    if size is None:
        return "?"
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
