"""Requirement 000: one-time passwords, by address and purpose; see sql/tenancy."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator, StringConstraints

from database.repositories.base import Repository
from database.repositories.integer_keys import again_while_taken
from database.repositories.record import Name, Record, Storable, now
from whimbrel import RuleViolated

__all__ = ["OtpRepository"]


class NewPassword(Record):
    """The address and the purpose of a one-time password."""

    email: Annotated[Name, AfterValidator(str.lower)]
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=50), Storable]


_THIS = "email = :email AND purpose = :purpose"


_COUNT = f"UPDATE one_time_passwords SET attempts = attempts + 1 WHERE {_THIS} AND attempts < :most AND expires_at > :moment"


class OtpRepository(Repository):
    """One-time passwords, one for each address and purpose: valid once, for a limited time and number of attempts."""

    async def issue(self, email: str, purpose: str, *, seconds: int = 600) -> str:
        """Create a password of six digits and return it. Only its hash is stored. It replaces the previous one."""
        new, code, salt = (
            NewPassword.of({"email": email, "purpose": purpose}),
            f"{secrets.randbelow(10**6):06d}",
            secrets.token_hex(),
        )
        hashed, moment = await _hash(code, salt), now()
        row = {
            "id": str(uuid4()),
            "salt": salt,
            "code_hash": hashed,
            "expires_at": moment + timedelta(seconds=seconds),
            "created_at": moment,
            **new.model_dump(),
        }

        async def insert() -> None:
            await self._change(f"DELETE FROM one_time_passwords WHERE {_THIS}", **new.model_dump())
            await self._change(
                "INSERT INTO one_time_passwords (id, email, purpose, salt, code_hash, attempts, expires_at, created_at) "
                "VALUES (:id, :email, :purpose, :salt, :code_hash, 0, :expires_at, :created_at)",
                **row,
            )

        await again_while_taken(self._db_manager, insert)
        return code

    async def use(self, email: str, purpose: str, code: str, *, attempts: int = 5) -> bool:
        """Return whether this is the password, and use it up if so. At most `attempts` may be made, right or wrong."""
        try:
            asked = NewPassword.of({"email": email, "purpose": purpose}).model_dump()
        except RuleViolated:
            return False
        # Count the attempt before checking it, in a statement of its own, so that simultaneous attempts count too.
        if not await self._change(f"{_COUNT} AND used_at IS NULL", **asked, most=attempts, moment=now()):
            return False
        row = await self._one(f"SELECT id, salt, code_hash FROM one_time_passwords WHERE {_THIS}", **asked)
        if row is None or not hmac.compare_digest(row["code_hash"], await _hash(code, row["salt"])):
            return False
        use = "UPDATE one_time_passwords SET used_at = :moment WHERE id = :id AND used_at IS NULL"
        return bool(await self._change(use, moment=now(), id=row["id"]))

    async def delete_expired(self) -> int:
        """Delete expired passwords, and return their number."""
        return await self._change("DELETE FROM one_time_passwords WHERE expires_at <= :moment", moment=now())


async def _hash(code: str, salt: str) -> str:
    # Slow on purpose: there are only a million passwords of six digits.
    hashed = partial(hashlib.scrypt, code.encode(errors="replace"), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32)
    return (await asyncio.to_thread(hashed)).hex()
