"""What the routes ask for: the manager, who is logged in, and what is there or answered with 404."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Path, Request, Security
from fastapi.security import APIKeyCookie

from database.manager import DatabaseManager
from database.repositories.accounts import Account, LoginRepository

__all__ = ["COOKIE", "Admin", "Manager", "NumberInPath", "Token", "User", "found"]

COOKIE = "session"
T = TypeVar("T")
NumberInPath = Annotated[int, Path(ge=0, lt=2**63)]


def _manager(request: Request) -> DatabaseManager:
    manager: DatabaseManager = request.app.state.db_manager
    return manager


Manager = Annotated[DatabaseManager, Depends(_manager)]
Token = Annotated[str | None, Security(APIKeyCookie(name=COOKIE, auto_error=False, description="set by /auth/login"))]


async def _user(manager: Manager, token: Token) -> Account:
    account = await LoginRepository(manager).find(token) if token else None
    if account is None:
        raise HTTPException(401, "nobody is logged in")
    return account


User = Annotated[Account, Depends(_user)]


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
