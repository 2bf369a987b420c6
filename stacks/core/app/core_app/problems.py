"""Problems: how an error looks to a client: a status, a code for programs, a sentence, and the fields at fault."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core_app.model import Invalid
from core_app.store import StoreUnavailable

CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "not_json"}


def problem(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    error: dict[str, object] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return JSONResponse({"error": error}, status)


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = problem(error.status_code, CODES.get(error.status_code, "error"), error.detail)
    response.headers.update(error.headers or {})
    return response


async def on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, Invalid)
    return problem(422, "invalid", "The input does not fit.", dict(error.problems))


async def on_unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreUnavailable)
    response = problem(503, "store_unavailable", f"The item store did not answer ({error}). Try again.")
    response.headers["retry-after"] = "1"
    return response
