"""The application, put together."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from database.application import admin, agent, auth, chats, conversations, health, history, organizations, pipelines, widget
from database.application.caching import NoStore
from database.application.errors import Problem, add_handlers
from database.application.limits import BodyLimit
from database.application.origins import SameOrigin
from database.readiness import UntilReady
from database.schemas import shipped
from database.startup import lifespan

__all__ = ["SETS", "build"]

SETS = ("auth", "chat", "conversations", "agent", "tenancy", "chatkit", "application")
_ROUTERS = (health, auth, chats, pipelines, conversations, agent, widget, organizations, history, admin)
# Any of them may be answered by any route, since the middleware answers before it.
_ANYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be read"},
    413: {"model": Problem, "description": "The body is too large"},
    500: {"model": Problem, "description": "Something is wrong here"},
    503: {"model": Problem, "description": "The start is not over, or the database does not answer"},
}


def build(url: str) -> FastAPI:
    """Return the application on a database, which it migrates when it starts; until then it answers 503."""
    application = FastAPI(
        title="Whimbrel chat",
        lifespan=lifespan(url, *map(shipped, SETS), background=True),
        responses=_ANYWHERE,
    )
    add_handlers(application)
    for module in _ROUTERS:
        application.include_router(module.router)
    application.add_middleware(SameOrigin)
    application.add_middleware(BodyLimit)
    application.add_middleware(UntilReady)
    application.add_middleware(NoStore)
    return application
