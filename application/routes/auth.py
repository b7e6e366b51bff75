"""Register, log in, log out, and return the logged-in user."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from application.dependencies import COOKIE, Manager, Token, User
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.passwords import hash_password, is_password
from database.repositories.accounts import Account, AccountRepository, Email, LoginRepository, Username
from database.repositories.record import Record, Short

__all__ = ["router"]

router = APIRouter(prefix="/auth", tags=["auth"], route_class=GuardedRoute)
LIFETIME = timedelta(days=14)
_MOST_BYTES = 1024


def _in_bytes(password: SecretStr) -> SecretStr:
    if len(password.get_secret_value().encode()) > _MOST_BYTES:
        raise PydanticCustomError("password", f"A password has at most {_MOST_BYTES:,} bytes in UTF-8")
    return password


class Registration(Record):
    """The fields of a new account."""

    email: Email
    username: Username
    password: Annotated[SecretStr, Field(min_length=8, max_length=_MOST_BYTES), AfterValidator(_in_bytes)]
    full_name: Short | None = None


class Login(Record):
    """The address and password of a login."""

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[SecretStr, Field(max_length=_MOST_BYTES), AfterValidator(_in_bytes)]


@router.post("/register", status_code=201, responses=problems(403, 409))
async def register(new: Registration, request: Request, response: Response, manager: Manager) -> Account:
    """Create an account, and log in."""
    hashed = await hash_password(new.password.get_secret_value(), request)
    account = await AccountRepository(manager).create(new.email, new.username, hashed, new.full_name)
    return await _begin(account, request, response, manager)


@router.post("/login", responses=problems(401, 403))
async def log_in(login: Login, request: Request, response: Response, manager: Manager) -> Account:
    """Begin a login, and set its token as a cookie."""
    known = await AccountRepository(manager).find(login.email)
    right = await is_password(login.password.get_secret_value(), known[1] if known else None, request)
    if known is None or not right:
        raise HTTPException(401, "no account has this address and password")
    return await _begin(known[0], request, response, manager)


async def _begin(account: Account, request: Request, response: Response, manager: Manager) -> Account:
    logins = LoginRepository(manager)
    token = await logins.begin(account.id, LIFETIME)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        # Over plain HTTP, as on a developer's machine, a browser would drop a secure cookie.
        secure=request.scope["scheme"] == "https",
    )
    return await logins.find(token) or account


@router.post("/logout", status_code=204, responses=problems(401, 403))
async def log_out(response: Response, user: User, token: Token, manager: Manager) -> None:
    """End this login."""
    await LoginRepository(manager).end(token or "")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.post("/logout-everywhere", status_code=204, responses=problems(401, 403))
async def log_out_everywhere(response: Response, user: User, manager: Manager) -> None:
    """End every login of this user."""
    await LoginRepository(manager).end_all(user.id)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.get("/me", responses=problems(401))
async def me(user: User) -> Account:
    """Return the logged-in user."""
    return user
