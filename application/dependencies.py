"""What the routes ask for: the manager, who is logged in, and what is there or answered with 404."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Path, Request, Security
from fastapi.security import APIKeyCookie

from application.bounds import bounds_of
from database.repositories.accounts import Account, LoginRepository
from whimbrel.manager import DatabaseManager

__all__ = ["COOKIE", "Admin", "Manager", "NumberInPath", "Token", "User", "current_user", "found", "log_in", "only_reads"]

COOKIE = "session"
T = TypeVar("T")
NumberInPath = Annotated[int, Path(ge=0, lt=2**63)]


def only_reads(request: Request) -> bool:
    """Return whether a request writes nothing, by its method."""
    return request.method in ("GET", "HEAD", "OPTIONS")


def _manager(request: Request) -> DatabaseManager:
    """Return the manager for a request; all that write share a part of its connections, so that some are left for reading."""
    manager: DatabaseManager = request.app.state.db_manager
    return manager if only_reads(request) else bounds_of(request.app).writing


Manager = Annotated[DatabaseManager, Depends(_manager)]
Token = Annotated[str | None, Security(APIKeyCookie(name=COOKIE, auto_error=False, description="set by /auth/login"))]


async def log_in(request: Request) -> Account:
    """Return who is logged in; the database is asked once for each request. Raises HTTPException 401 if nobody is."""
    account: Account | None = getattr(request.state, "account", None)
    if account is None:
        token, manager = request.cookies.get(COOKIE), request.app.state.db_manager
        account = await LoginRepository(manager).find(token) if token else None
        if account is None:
            raise HTTPException(401, "nobody is logged in")
        request.state.account = account
    return account


async def current_user(request: Request, token: Token) -> Account:
    """Return who is logged in. A route that depends on this one answers 401 before its body is read."""
    return await log_in(request)


User = Annotated[Account, Depends(current_user)]


def _admin(user: User) -> Account:
    if not user.is_admin:
        raise HTTPException(403, "this is for administrators")
    return user


Admin = Annotated[Account, Depends(_admin)]


def found(what: T | None) -> T:
    """Return what is there, or answer 404: for what is not there and what is another's alike."""
    if what is None or what is False:
        raise HTTPException(404, "there is none")
    return what
