"""Pages: part of a list, with an opaque cursor for the next page. The cursor is a row's key in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from application.dependencies import found
from database.repositories.record import Moment
from whimbrel import RuleViolated

__all__ = ["BY_ID", "BY_NUMBER", "BY_TIME_AND_ID", "BY_TIME_AND_NUMBER", "Cursor", "Key", "Page", "page"]

T = TypeVar("T")
K = TypeVar("K")
R = TypeVar("R", bound="_Row")
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the previous page; omit it for the first page")]
Number = Annotated[int, Field(ge=0, lt=2**63)]


class _Row(Protocol):
    @property
    def key(self) -> Any: ...


class Page(BaseModel, Generic[T]):
    """A part of a list. `next` is the cursor of the following page, null on the last one."""

    items: Sequence[T]
    next: str | None


class Key(Generic[K]):
    """A type of key, and its form in a cursor."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[K] = TypeAdapter(kind)

    def read(self, cursor: str | None) -> K | None:
        """Return the key from a cursor. Raises RuleViolated if the cursor is invalid."""
        if cursor is None:
            return None
        try:
            return self._adapter.validate_json(base64.b64decode(cursor, altchars="-_", validate=True))
        except (binascii.Error, ValidationError, ValueError):
            raise RuleViolated("cursor: this is not the `next` value of a page", rule="value", field="cursor") from None

    def write(self, key: K) -> str:
        """Return the cursor for a key."""
        return base64.urlsafe_b64encode(self._adapter.dump_json(key)).decode()


BY_TIME_AND_ID: Key[tuple[datetime, str]] = Key(tuple[Moment, str])
BY_TIME_AND_NUMBER: Key[tuple[datetime, int]] = Key(tuple[Moment, Number])
BY_NUMBER: Key[int] = Key(Number)
BY_ID: Key[str] = Key(str)


async def page(
    kind: Key[K],
    cursor: str | None,
    limit: int,
    ask: Callable[[K | None, int], Awaitable[Sequence[R] | None]],
    *,
    backwards: bool = False,
) -> Page[R]:
    """Return the page at a cursor, or answer 404 if `ask` returns None.

    `ask` gets the key to continue from, and a limit that is one higher than the page size: an additional row means that another
    page follows. With `backwards`, pages run from the newest to the oldest, each in ascending order, and the additional row is
    the first.
    """
    rows = found(await ask(kind.read(cursor), limit + 1))
    if len(rows) <= limit:
        return Page(items=rows, next=None)
    items = rows[1:] if backwards else rows[:limit]
    return Page(items=items, next=kind.write(items[0 if backwards else -1].key))
