"""The probes: whether the process runs, and whether it can serve. Anybody may ask, so the answers contain no names."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from application.deadlines import stopped
from application.errors import RETRY_SECONDS
from application.guarded_route import GuardedRoute

__all__ = ["router"]

router = APIRouter(prefix="/health", tags=["health"], route_class=GuardedRoute)


class Status(BaseModel):
    """The state of the application."""

    status: str


@router.get("/live")
async def live() -> Status:
    """Answer as long as the process runs."""
    return Status(status="live")


@router.get("/ready", response_model=Status, responses={503: {"model": Status, "description": "Not ready"}})
async def ready(request: Request) -> JSONResponse:
    """Answer 200 if the database is migrated and answers, otherwise 503."""
    state = request.app.state
    if not state.startup.ready:
        return _not_ready("starting")
    # The probe has a limit of its own.
    with stopped(request.scope):
        answers = await state.probe.answers()
    return JSONResponse({"status": "ready"}) if answers else _not_ready("not ready")


def _not_ready(status: str) -> JSONResponse:
    return JSONResponse({"status": status}, 503, {"Retry-After": str(RETRY_SECONDS)})
