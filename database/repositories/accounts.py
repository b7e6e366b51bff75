"""Accounts and their logins; see sql/auth, and sql/application for who is an administrator.

Passwords come hashed; tokens are made here, and only their hash is kept.

E-mail addresses and usernames are ASCII and stored in small letters, so that UNIQUE means the same on every database, and a
user is found however the name is written.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import uuid4

from pydantic import StringConstraints

from database.repositories.base import OWNED, Repository
from database.repositories.record import Name, Record, Short, constraints, is_storable, now

__all__ = ["MOST_LOGINS", "Account", "AccountRepository", "Email", "LoginRepository", "Username"]

_LOCAL, _LABEL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# As a browser's <input type=email> reads it, but with a dot in the domain: https://html.spec.whatwg.org/#valid-e-mail-address
Email = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_LOCAL}@{_LABEL}(?:\.{_LABEL})+$", to_lower=True)]
Username = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", to_lower=True)]
# Of those that expired, or of a user's that are too many, as many as one login clears away.
_CLEARED = 100
# A user's logins at the same time; one more ends the oldest.
MOST_LOGINS = 50


class NewAccount(Record):
    """What an account is made of."""

    email: Email
    username: Username
    hashed_password: Name
    full_name: Short | None = None


class Account(Record):
    """An account as it is stored, without its password."""

    id: str
    email: str
    username: str
    full_name: str | None
    is_admin: bool
    created_at: datetime
    last_login: datetime | None


_ACCOUNT = """
    u.id, u.email, u.username, u.full_name, u.created_at, u.last_login,
    EXISTS (SELECT 1 FROM administrators a WHERE a.user_id = u.id) AS is_admin
"""


class AccountRepository(Repository):
    """The accounts."""

    async def create(self, email: str, username: str, hashed_password: str, full_name: str | None = None) -> Account:
        """Store an account. Raises RuleViolated, of the rule "unique" when the address or the name is taken."""
        new = NewAccount.of(
            {"email": email, "username": username, "hashed_password": hashed_password, "full_name": full_name}
        ).model_dump()
        made = {"id": str(uuid4()), "created_at": _second(), **new}
        await self._change(
            "INSERT INTO users (id, email, username, hashed_password, full_name, is_active, is_verified, created_at) "
            "VALUES (:id, :email, :username, :hashed_password, :full_name, :is_active, :is_verified, :created_at)",
            **made,
            is_active=True,
            is_verified=False,
        )
        del made["hashed_password"]
        return Account.of(made | {"is_admin": False, "last_login": None})

    async def find(self, email: str) -> tuple[Account, str] | None:
        """Return the account of an address, however it is written, and its hashed password; None if there is none in use."""
        query = f"SELECT {_ACCOUNT}, u.hashed_password FROM users u WHERE u.email = :email AND u.is_active = :active"
        row = await self._one(query, email=email.lower(), active=True)
        # MySQL's = takes "é" for "e".
        if row is None or row["email"] != email.lower():
            return None
        hashed = row.pop("hashed_password")
        return Account.of(row), hashed


class LoginRepository(Repository):
    """Logins: whoever has the token is the user, until it expires or is ended."""

    async def begin(self, user_id: str, lifetime: timedelta) -> str:
        """Begin a login and return its token; the user's oldest ends where there would be more than MOST_LOGINS.

        Raises RuleViolated if there is no such user.
        """
        await self.delete_expired()
        await self._end_oldest(user_id, MOST_LOGINS - 1)
        token, moment = secrets.token_urlsafe(32), _second()
        async with self._db_manager.transaction():
            await self._change(
                "INSERT INTO sessions (id, user_id, expires_at, created_at) VALUES (:id, :user_id, :expires_at, :created_at)",
                id=_hash(token),
                user_id=user_id,
                expires_at=moment + lifetime,
                created_at=moment,
            )
            await self._change("UPDATE users SET last_login = :moment WHERE id = :user_id", moment=moment, user_id=user_id)
        return token

    async def find(self, token: str) -> Account | None:
        """Return whose token this is; None if it is nobody's, has expired, or the account is not in use."""
        if not is_storable(token):
            return None
        query = f"SELECT {_ACCOUNT} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = :id "
        query += "AND s.expires_at > :moment AND u.is_active = :active"
        row = await self._one(query, id=_hash(token), moment=now(), active=True)
        return Account.of(row) if row else None

    async def end(self, token: str) -> bool:
        """End a login; False if there is none."""
        return is_storable(token) and bool(await self._change("DELETE FROM sessions WHERE id = :id", id=_hash(token)))

    async def end_all(self, user_id: str) -> int:
        """End every login of a user, and return how many there were."""
        return await self._change("DELETE FROM sessions WHERE user_id = :user_id", user_id=user_id)

    async def delete_expired(self) -> None:
        """Delete logins that have expired, some of them at a time."""
        moment = now()
        query = "SELECT id FROM sessions WHERE expires_at <= :moment ORDER BY expires_at, id LIMIT :most"
        await self._delete([row["id"] for row in await self._all(query, moment=moment, most=_CLEARED)])

    async def _end_oldest(self, user_id: str, kept: int) -> None:
        query = f"SELECT id FROM sessions WHERE {OWNED} ORDER BY created_at DESC, id DESC LIMIT :most"
        rows = await self._all(query, user_id=user_id, most=kept + _CLEARED)
        await self._delete([row["id"] for row in rows[kept:]])

    async def _delete(self, ids: Sequence[str]) -> None:
        # One by one and in one order, so that two who do this at once cannot lock each other out.
        with constraints():
            await self._db_manager.execute_many("DELETE FROM sessions WHERE id = :id", [{"id": one} for one in sorted(ids)])


def _hash(token: str) -> str:
    # A token has 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def _second() -> datetime:
    # sql/auth has plain TIMESTAMP, which keeps no fraction on two databases.
    return now().replace(microsecond=0)
