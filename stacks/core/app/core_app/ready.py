"""Ready: is the process alive (/health), and can it do its work now (/ready)?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[None]]


class Ready:
    """Given named checks and a deadline in seconds for all of them together."""

    def __init__(self, checks: Mapping[str, Check], deadline: float) -> None:
        self._checks = checks
        self._deadline = deadline

    def routes(self) -> list[Route]:
        return [Route("/health", self.health), Route("/ready", self.ready)]

    async def health(self, request: Request) -> Response:
        """Asks nobody else: restarting this process would not bring a lost database back."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        answers = await asyncio.gather(*(self._ask(name, check) for name, check in self._checks.items()))
        checks = dict(zip(self._checks, answers, strict=True))
        missing = sorted(name for name, answer in checks.items() if answer != "ok")
        if missing:
            log.warning("not ready", extra={"not_ready": missing, "checks": checks})
        return JSONResponse({"ready": not missing, "not_ready": missing, "checks": checks}, 503 if missing else 200)

    async def _ask(self, name: str, check: Check) -> str:
        try:
            async with asyncio.timeout(self._deadline):
                await check()
        except TimeoutError:
            return f"no answer within {self._deadline:g} s"
        except Exception as error:
            # A door's error names a kind and nothing else; one that we did not foresee might hold an address.
            return str(error) if type(error).__module__.startswith("core_app.") else type(error).__name__
        return "ok"
