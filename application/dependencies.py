"""The dependencies of the routes: the manager, the logged-in user, and 404 for missing objects."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Path, Request, Security
from fastapi.security import APIKeyCookie

from application.bounds import bounds_of
from database.repositories.accounts import Account, LoginRepository
from whimbrel import DatabaseManager

__all__ = ["COOKIE", "Admin", "Manager", "NumberInPath", "Token", "User", "current_user", "found", "log_in", "only_reads"]

COOKIE = "session"
T = TypeVar("T")
NumberInPath = Annotated[int, Path(ge=0, lt=2**63)]


def only_reads(request: Request) -> bool:
    """Return whether a request only reads, according to its method."""
    return request.method in ("GET", "HEAD", "OPTIONS")


def _manager(request: Request) -> DatabaseManager:
    """Return the manager for a request. All writing requests share some of its connections, so that others remain for reading."""
    manager: DatabaseManager = request.app.state.db_manager
    return manager if only_reads(request) else bounds_of(request.app).writing


Manager = Annotated[DatabaseManager, Depends(_manager)]
Token = Annotated[str | None, Security(APIKeyCookie(name=COOKIE, auto_error=False, description="set by /auth/login"))]


async def log_in(request: Request) -> Account:
    """Return the logged-in user, with one query per request. Raises HTTPException 401 without a login."""
    account: Account | None = getattr(request.state, "account", None)
    if account is None:
        token, manager = request.cookies.get(COOKIE), request.app.state.db_manager
        account = await LoginRepository(manager).find(token) if token else None
        if account is None:
            raise HTTPException(401, "not logged in")
        request.state.account = account
    return account


async def current_user(request: Request, token: Token) -> Account:
    """Return the logged-in user. A route with this dependency answers 401 before it reads the body."""
    return await log_in(request)


User = Annotated[Account, Depends(current_user)]


def _admin(user: User) -> Account:
    if not user.is_admin:
        raise HTTPException(403, "only administrators may do this")
    return user


Admin = Annotated[Account, Depends(_admin)]


def found(what: T | None) -> T:
    """Return the object, or answer 404: the same answer for a missing object and for another user's."""
    if what is None or what is False:
        raise HTTPException(404, "not found")
    return what
