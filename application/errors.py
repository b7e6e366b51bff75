"""What an error is told as: JSON with one `detail`, and nothing of what is inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from whimbrel.errors import (
    ConnectionLost,
    DatabaseBusy,
    DatabaseUnreachable,
    LockTimeout,
    PoolTimeout,
    RuleViolated,
    StatementTimeout,
    WhimbrelError,
)

__all__ = ["RETRY_SECONDS", "Problem", "add_handlers", "is_passing", "problem", "problems", "too_many", "unavailable"]

logger = logging.getLogger("whimbrel")
# Sent as Retry-After with every 503.
RETRY_SECONDS = 2
# What passes by itself and is answered 503. An OSError is a connection's, and TimeoutError is one too.
_PASSING = (ConnectionLost, DatabaseBusy, DatabaseUnreachable, LockTimeout, PoolTimeout, StatementTimeout, OSError)
# The exceptions of these packages are raised bare where a pool cannot connect.
_DRIVERS = ("aiomysql", "aiosqlite", "asyncpg", "pymysql", "sqlite3")
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


def unavailable(detail: str = "the database does not answer in time") -> JSONResponse:
    """Return the response to what may be tried again."""
    return problem(503, detail, {"Retry-After": str(RETRY_SECONDS)})


def too_many(detail: str) -> HTTPException:
    """Return the exception for what is refused because others are at it: 503, and it may be tried again."""
    return HTTPException(503, detail, {"Retry-After": str(RETRY_SECONDS)})


def is_passing(error: BaseException) -> bool:
    """Whether the database is away, busy or silent, so that the same request may succeed later."""
    return isinstance(error, _PASSING) or type(error).__module__.partition(".")[0] in _DRIVERS


def add_handlers(application: FastAPI) -> None:
    """Have every error answered."""
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(WhimbrelError, _ours)
    application.add_exception_handler(OSError, _ours)
    application.add_exception_handler(Exception, _unforeseen)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
    return problem(422, "; ".join(told)[:2000])


async def _ours(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RuleViolated):
        return problem(409 if error.rule == "unique" else 422, str(error))
    # Not request.url, which cannot be read where the Host header is none.
    logger.error("%s %r: %s: %s", request.method, request.scope["path"], type(error).__name__, error)
    if is_passing(error):
        return unavailable()
    return problem(500, "something is wrong here; it has been written down")


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # The server writes down the traceback.
    return problem(500, "something is wrong here; it has been written down")
