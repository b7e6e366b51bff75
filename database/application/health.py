"""The probes: whether the process runs, and whether it can serve."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from database.errors import WhimbrelError

__all__ = ["router"]

router = APIRouter(prefix="/health", tags=["health"])


class Status(BaseModel):
    """How the application is."""

    status: str


@router.get("/live")
async def live() -> Status:
    """Answer as long as the process runs."""
    return Status(status="live")


@router.get("/ready", response_model=Status, responses={503: {"model": Status, "description": "Not ready"}})
async def ready(request: Request) -> JSONResponse:
    """Answer 200 when the database is migrated and answers; before that, or when it does not, 503 and what is waited for."""
    state = request.app.state
    if not state.startup.ready:
        return JSONResponse({"status": state.startup.status}, status_code=503, headers={"Retry-After": "2"})
    try:
        await state.db_manager.fetch_value("SELECT 1")
    except WhimbrelError:
        logging.getLogger("database").exception("the database does not answer")
        return JSONResponse({"status": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "ready"})
