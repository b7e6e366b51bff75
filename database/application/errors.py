"""What an error is told as: JSON with one `detail`, and nothing of what is inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from database.errors import (
    ConnectionLost,
    DatabaseBusy,
    DatabaseUnreachable,
    LockTimeout,
    RuleViolated,
    StatementTimeout,
    WhimbrelError,
)

__all__ = ["Problem", "add_handlers", "problem", "problems"]

logger = logging.getLogger("database")
_PASSING = (ConnectionLost, DatabaseBusy, DatabaseUnreachable, LockTimeout, StatementTimeout)
_DESCRIPTIONS = {
    401: "Nobody is logged in",
    403: "Not allowed: from another site, or not to this user",
    404: "There is none, or it belongs to somebody else",
    409: "There is one already",
    422: "Something in the request breaks a rule",
}


class Problem(BaseModel):
    """Every answer that is an error."""

    detail: str


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route, for its OpenAPI; 422 can be answered by all of them."""
    return {code: {"model": Problem, "description": _DESCRIPTIONS[code]} for code in sorted({*codes, 422})}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error's response."""
    return JSONResponse({"detail": detail}, status, headers)


def add_handlers(application: FastAPI) -> None:
    """Have every error answered."""
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(WhimbrelError, _ours)
    application.add_exception_handler(Exception, _unforeseen)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
    return problem(422, "; ".join(told)[:2000])


async def _ours(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RuleViolated):
        return problem(409 if error.rule == "unique" else 422, str(error))
    logger.error("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
    if isinstance(error, _PASSING):
        return problem(503, "the database does not answer in time", {"Retry-After": "2"})
    return problem(500, "something is wrong here; it has been written down")


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # The server writes down the traceback.
    return problem(500, "something is wrong here; it has been written down")
