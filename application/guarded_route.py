"""A route that checks the login first, then reads the body, and then runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from application.dependencies import current_user, log_in
from application.errors import is_passing
from application.middleware.body_limit import MOST_BYTES, SMALL_BYTES, body_of
from whimbrel import DatabaseUnreachable, WhimbrelError

__all__ = ["GuardedRoute"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that answers 401 before it reads the body, if one of its dependencies requires a login.

    FastAPI itself reads the body before it calls any dependency. A route that requires no login accepts only a small body.
    """

    def get_route_handler(self) -> Handler:
        """Return FastAPI's handler, with the login check before it."""
        answer, guarded = super().get_route_handler(), _asks_who(self.dependant)

        async def handle(request: Request) -> Response:
            if guarded:
                await log_in(request)
            body_of(request).allow(MOST_BYTES if guarded else SMALL_BYTES)
            return await answer(request)

        return _told(handle)


def _asks_who(dependant: Dependant) -> bool:
    return dependant.call is current_user or any(map(_asks_who, dependant.dependencies))


def _told(handle: Handler) -> Handler:
    """Turn a driver's own exceptions into DatabaseUnreachable, which has a handler."""

    async def told(request: Request) -> Response:
        try:
            return await handle(request)
        except (HTTPException, RequestValidationError, WhimbrelError):
            raise
        except Exception as error:
            if not is_passing(error):
                raise
            raise DatabaseUnreachable(f"{type(error).__name__}: {error}") from error

    return told
