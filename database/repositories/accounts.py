"""Accounts and their logins; see sql/auth, and sql/application for administrators.

Callers pass hashed passwords. This module creates the tokens, and stores only their hashes.

E-mail addresses and usernames are ASCII and stored in lower case. So UNIQUE means the same on every database, and a lookup
ignores case.
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
# The rule of a browser's <input type=email>, but with a dot in the domain: https://html.spec.whatwg.org/#valid-e-mail-address
Email = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_LOCAL}@{_LABEL}(?:\.{_LABEL})+$", to_lower=True)]
Username = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", to_lower=True)]
# How many expired logins, or excess logins of a user, one login deletes at most.
_CLEARED = 100
# A user's logins at the same time; one more ends the oldest.
MOST_LOGINS = 50


class NewAccount(Record):
    """The fields of a new account."""

    email: Email
    username: Username
    hashed_password: Name
    full_name: Short | None = None


class Account(Record):
    """A stored account, without its password."""

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
        """Store an account. Raises RuleViolated, with rule "unique" if the address or the name is taken."""
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
        """Return the active account with an address, in any case, and its hashed password; None if there is none."""
        query = f"SELECT {_ACCOUNT}, u.hashed_password FROM users u WHERE u.email = :email AND u.is_active = :active"
        row = await self._one(query, email=email.lower(), active=True)
        # MySQL's = treats "é" and "e" as equal.
        if row is None or row["email"] != email.lower():
            return None
        hashed = row.pop("hashed_password")
        return Account.of(row), hashed


class LoginRepository(Repository):
    """Logins: a client with the token acts as the user, until the login expires or is ended."""

    async def begin(self, user_id: str, lifetime: timedelta) -> str:
        """Begin a login and return its token. If the user then has more than MOST_LOGINS, the oldest ends.

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
        """Return the account of a token; None if the token is unknown or expired, or the account is inactive."""
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
        """End every login of a user, and return their number."""
        return await self._change("DELETE FROM sessions WHERE user_id = :user_id", user_id=user_id)

    async def delete_expired(self) -> None:
        """Delete expired logins, a limited number at a time."""
        moment = now()
        query = "SELECT id FROM sessions WHERE expires_at <= :moment ORDER BY expires_at, id LIMIT :most"
        await self._delete([row["id"] for row in await self._all(query, moment=moment, most=_CLEARED)])

    async def _end_oldest(self, user_id: str, kept: int) -> None:
        query = f"SELECT id FROM sessions WHERE {OWNED} ORDER BY created_at DESC, id DESC LIMIT :most"
        rows = await self._all(query, user_id=user_id, most=kept + _CLEARED)
        await self._delete([row["id"] for row in rows[kept:]])

    async def _delete(self, ids: Sequence[str]) -> None:
        # They are deleted one by one, in a fixed order, so that two tasks cannot deadlock here.
        with constraints():
            await self._db_manager.execute_many("DELETE FROM sessions WHERE id = :id", [{"id": one} for one in sorted(ids)])


def _hash(token: str) -> str:
    # A token has 256 random bits, so a slow hash gains nothing.
    return hashlib.sha256(token.encode()).hexdigest()


def _second() -> datetime:
    # sql/auth uses plain TIMESTAMP, which keeps no fraction on two databases.
    return now().replace(microsecond=0)
