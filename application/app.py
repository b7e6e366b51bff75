"""Build the application from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from application.bounds import Bounds
from application.deadlines import ANSWER_SECONDS, Deadline
from application.errors import Problem, add_handlers
from application.middleware.body_limit import BODY_SECONDS, BodyLimit
from application.middleware.no_store import NoStore
from application.middleware.same_origin import SameOrigin
from application.routes import (
    admin,
    agent,
    auth,
    chat_history,
    chat_sessions,
    conversations,
    health,
    organizations,
    pipelines,
    widget_sessions,
)
from database.schemas import sql_folder
from whimbrel import Probe, UntilReady, lifespan

__all__ = ["SETS", "build"]

SETS = ("auth", "chat", "conversations", "agent", "tenancy", "chatkit", "application")
_ROUTERS = (
    health,
    auth,
    chat_sessions,
    pipelines,
    conversations,
    agent,
    widget_sessions,
    organizations,
    chat_history,
    admin,
)
# Every route may answer these, because the middleware answers before it.
_ANYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be read"},
    408: {"model": Problem, "description": "The body arrives too slowly"},
    413: {"model": Problem, "description": "The body is too large"},
    500: {"model": Problem, "description": "Internal error"},
    503: {"model": Problem, "description": "The start is not over, or the database does not answer"},
}


@asynccontextmanager
async def _serving(application: FastAPI) -> AsyncIterator[None]:
    """Provide the probe and the limits for requests, from the end of the migrations to the end of the process."""
    manager = application.state.db_manager
    application.state.bounds, application.state.probe = Bounds(manager), Probe(manager.url)
    try:
        yield
    finally:
        await application.state.probe.close()


def build(url: str, *, answer_seconds: float = ANSWER_SECONDS, body_seconds: float = BODY_SECONDS) -> FastAPI:
    """Return the application for a database, which it migrates when it starts. Until then it answers 503.

    A request that takes longer than `answer_seconds` gets 503, a body that takes longer than `body_seconds` gets 408.
    """
    application = FastAPI(
        title="Whimbrel chat",
        lifespan=lifespan(url, *map(sql_folder, SETS), background=True, then=_serving),
        responses=_ANYWHERE,
    )
    add_handlers(application)
    for module in _ROUTERS:
        application.include_router(module.router)
    # The middleware that is added last runs first.
    application.add_middleware(SameOrigin)
    application.add_middleware(Deadline, seconds=answer_seconds)
    application.add_middleware(UntilReady)
    application.add_middleware(BodyLimit, seconds=body_seconds)
    application.add_middleware(NoStore)
    return application
