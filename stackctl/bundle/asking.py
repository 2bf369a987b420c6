"""Asking many things at once, and not for ever: what hangs must not keep the rest from being told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 6


class Asking:
    """Runs functions in threads that end with the process: a pool's own would be waited for at its end."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = threading.Semaphore(at_once)

    def __call__(self, ask: Callable[[], T]) -> Future[T]:
        """Begin, and give the answer to come; it holds the error where one is raised."""
        future: Future[T] = Future()

        def run() -> None:
            with self._free:
                try:
                    future.set_result(ask())
                except BaseException as error:
                    future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future
