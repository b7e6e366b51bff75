"""Turn errors into answers: JSON with one `detail`, and no internal details."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from whimbrel import (
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
# Temporary errors, which are answered with 503. An OSError concerns a connection, and TimeoutError is one too.
_PASSING = (ConnectionLost, DatabaseBusy, DatabaseUnreachable, LockTimeout, PoolTimeout, StatementTimeout, OSError)
# A failing connect lets these packages' exceptions through unchanged.
_DRIVERS = ("aiomysql", "aiosqlite", "asyncpg", "pymysql", "sqlite3")
_DESCRIPTIONS = {
    401: "Not logged in",
    403: "Not allowed: the request comes from another site, or this user may not do this",
    404: "Not found, or it belongs to another user",
    409: "It already exists",
    422: "The request breaks a rule",
}


class Problem(BaseModel):
    """The body of every error."""

    detail: str


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route for its OpenAPI. Every route may answer 422."""
    return {code: {"model": Problem, "description": _DESCRIPTIONS[code]} for code in sorted({*codes, 422})}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error's response."""
    return JSONResponse({"detail": detail}, status, headers)


def unavailable(detail: str = "the database does not answer in time") -> JSONResponse:
    """Return the response for a request that the client may repeat."""
    return problem(503, detail, {"Retry-After": str(RETRY_SECONDS)})


def too_many(detail: str) -> HTTPException:
    """Return the exception for a request that is refused because too many are running: 503, and the client may repeat it."""
    return HTTPException(503, detail, {"Retry-After": str(RETRY_SECONDS)})


def is_passing(error: BaseException) -> bool:
    """Whether the database is unreachable, busy or silent, so that the same request may succeed later."""
    return isinstance(error, _PASSING) or type(error).__module__.partition(".")[0] in _DRIVERS


def add_handlers(application: FastAPI) -> None:
    """Register a handler for every kind of error."""
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
    # request.url cannot be read if the Host header is invalid.
    logger.error("%s %r: %s: %s", request.method, request.scope["path"], type(error).__name__, error)
    if is_passing(error):
        return unavailable()
    return problem(500, "internal error; it has been logged")


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # The server logs the traceback.
    return problem(500, "internal error; it has been logged")
