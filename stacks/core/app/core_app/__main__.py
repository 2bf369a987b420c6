"""`python -m core_app`: runs the app until SIGTERM, finishes what is in flight, and exits 0."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from core_app import logs, settings


def _leave(number: int, frame: FrameType | None) -> None:
    # uvicorn stops cleanly and then raises the signal again, which would end a clean stop with 143: a container
    # that was asked to stop and did should say 0. This also ends a start that has not got as far as uvicorn.
    sys.exit(0)


def main() -> int:
    try:
        config = settings.load(os.environ)
    except settings.SettingsError as error:
        sys.stderr.write(f"core: {error}\n")
        return 2
    signal.signal(signal.SIGTERM, _leave)
    logs.configure(config.log_level)
    uvicorn.run(
        "core_app.main:create_app",
        factory=True,
        host="0.0.0.0",
        port=config.port,
        reload=config.reload,
        reload_dirs=[str(Path(__file__).parent)] if config.reload else None,
        timeout_graceful_shutdown=config.grace,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
