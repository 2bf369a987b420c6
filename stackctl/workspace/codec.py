"""zstd, imported when it is needed: in the standard library from Python 3.14, a backport with the same API before."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any


@cache
def zstd() -> Any:
    """Give the module. Of the libraries for older Pythons only this one raises on truncated input."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
